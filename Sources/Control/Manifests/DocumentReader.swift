import Foundation
import MeshModel
import Yams

/// Reads the documents of a YAML stream. JSON is read as the YAML it is.
///
/// Aliases are not taken, so a text never stands for more values than it writes out.
public enum DocumentReader {
  /// What some editors begin a file with, and the parser would take for a document.
  private static let byteOrderMark: Character = "\u{FEFF}"

  /// The documents in order; empty ones are left out.
  ///
  /// - Throws: `MeshFault` with the line where the text is no YAML.
  public static func documents(in text: String) throws(MeshFault) -> [DocumentNode] {
    let text = text.first == byteOrderMark ? String(text.dropFirst()) : text
    let joined = SurrogatePairs.joined(in: text)
    try DocumentScan.check(joined, DocumentLimits())
    return try read(joined)
  }

  private static func read(_ text: String) throws(MeshFault) -> [DocumentNode] {
    var documents: [DocumentNode] = []
    do {
      // Without rules for the types of plain words, which are a regular expression each:
      // `PlainScalar` tells them.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      while let root = try parser.nextRoot() {
        let node = try convert(root)
        if case .null = node.value { continue }
        documents.append(node)
      }
    } catch let fault as MeshFault {
      throw fault
    } catch let error as YamlError {
      throw fault(error, in: text, document: documents.count)
    } catch {
      throw MeshFault("\(error)", document: documents.count)
    }
    return documents
  }

  private static func convert(_ node: Node) throws(MeshFault) -> DocumentNode {
    let line = node.mark?.line
    switch node {
    case .scalar(let scalar):
      return DocumentNode(value(of: scalar), line: line)
    case .sequence(let sequence):
      var list: [DocumentNode] = []
      for element in sequence { list.append(try convert(element)) }
      return DocumentNode(.list(list), line: line)
    case .mapping(let mapping):
      var entries: [DocumentNode.Entry] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key else {
          throw MeshFault("a key is a plain or quoted word", line: key.mark?.line)
        }
        entries.append(DocumentNode.Entry(key: name.string, node: try convert(value)))
      }
      return DocumentNode(.map(entries), line: line)
    case .alias:
      throw MeshFault("an alias that names no anchor", line: line)
    }
  }

  private static func value(of scalar: Node.Scalar) -> DocumentNode.Value {
    scalar.style == .plain ? PlainScalar.value(of: scalar.string) : .string(scalar.string)
  }

  /// What YAML wants of JSON besides what JSON does.
  private static let onlyInJSON = [
    "JSON whose keys have at most 1,024 characters, each with its colon on the same line"
  ]

  private static func isJSON(_ text: String) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil
  }

  private static func fault(_ error: YamlError, in text: String, document: Int) -> MeshFault {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      // The parser looks ahead of what the scan was told, and has a bound of its own.
      guard !problem.hasPrefix("Maximum nesting level") else {
        return DocumentLimits().tooDeep(at: FieldPath(), line: mark.line, "a list or mapping")
      }
      let reason = [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
      return MeshFault(
        "not YAML: \(reason)", line: mark.line, accepted: isJSON(text) ? onlyInJSON : [],
        document: document)
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.prefix(5).joined(separator: ", ")
      return MeshFault(
        "a key is given twice", line: context.mark.line, found: keys, document: document)
    case .reader(let problem, _, _, _):
      return MeshFault("not YAML: \(problem)", document: document)
    default:
      return MeshFault("not YAML: \(error)", document: document)
    }
  }
}
