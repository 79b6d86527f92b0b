import MeshModel
import Yams

/// Reads the documents of a push: JSON when it is that as a whole, else a YAML stream.
///
/// Aliases are not taken, so a text never stands for more values than it writes out.
public enum DocumentReader {
  /// What some editors begin a file with, and the parser would take for a document.
  private static let byteOrderMark: Character = "\u{FEFF}"

  /// The documents in order; empty ones are left out.
  ///
  /// - Throws: `MeshFault` with the line where the text is neither.
  public static func documents(in text: String) throws(MeshFault) -> [DocumentNode] {
    let text = text.first == byteOrderMark ? String(text.dropFirst()) : text
    let limits = DocumentLimits()
    var cause: String?
    if JSONReader.mayRead(text) {
      var reader = JSONReader(text, limits)
      do throws(JSONReader.Failure) {
        return try reader.documents()
      } catch {
        switch error {
        case .fault(let fault): throw fault
        case .notJSON(let problem, let isLikely): cause = isLikely ? problem : nil
        }
      }
    }
    let joined = SurrogatePairs.joined(in: text)
    try DocumentScan.check(joined, limits)
    return try read(joined, isNoJSON: cause)
  }

  /// - Parameter cause: why a text that looks like JSON is none.
  private static func read(
    _ text: String, isNoJSON cause: String?
  ) throws(MeshFault) -> [DocumentNode] {
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
      throw fault(error, document: documents.count, isNoJSON: cause)
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

  private static func fault(
    _ error: YamlError, document: Int, isNoJSON cause: String?
  ) -> MeshFault {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let text = [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
      let message = cause.map { "neither JSON (\($0)) nor YAML (\(text))" } ?? "not YAML: \(text)"
      return MeshFault(message, line: mark.line, document: document)
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
