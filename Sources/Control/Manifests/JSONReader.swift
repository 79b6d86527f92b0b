import MeshModel

/// Reads JSON (RFC 8259), several documents of it when a line `---` stands between them.
///
/// Most JSON is YAML as well, but for keys of more than 1,024 characters, a line break before a
/// colon, and a few characters that YAML wants escaped.
struct JSONReader {
  enum Failure: Error {
    /// It is JSON, and not taken.
    case fault(MeshFault)
    /// It may be YAML all the same; it is likely meant as JSON when it was for more than a value.
    case notJSON(String, isLikely: Bool)
  }

  private let bytes: [UInt8]
  private let limits: DocumentLimits
  private var index = 0
  private var line = 1
  private var values = 0
  private var path: [FieldPath.Step] = []

  init(_ text: String, _ limits: DocumentLimits) {
    bytes = Array(text.utf8)
    self.limits = limits
  }

  /// Whether a text begins as JSON of a list or an object does.
  static func mayRead(_ text: String) -> Bool {
    let first = text.utf8.first { !isSpace($0) }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  // MARK: Documents

  mutating func documents() throws(Failure) -> [DocumentNode] {
    var documents: [DocumentNode] = []
    skipSpace()
    while index < bytes.count {
      documents.append(try value())
      skipSpace()
      guard index < bytes.count else { break }
      try skipSeparator()
      skipSpace()
    }
    return documents
  }

  private mutating func skipSeparator() throws(Failure) {
    let end = index + 3
    let isAtStart = index > 0 && bytes[index - 1] == UInt8(ascii: "\n")
    guard isAtStart, bytes[index...].starts(with: Array("---".utf8)),
      end == bytes.count || Self.isSpace(bytes[end])
    else { throw unexpected("nothing more") }
    index = end
  }

  // MARK: Values

  private mutating func value() throws(Failure) -> DocumentNode {
    values += 1
    let start = line
    guard values <= limits.values else { throw .fault(limits.tooMany(line: line)) }
    guard let byte = next else { throw unexpected("a value") }
    switch byte {
    case UInt8(ascii: "{"): return DocumentNode(.map(try entries()), line: start)
    case UInt8(ascii: "["): return DocumentNode(.list(try elements()), line: start)
    case UInt8(ascii: "\""): return DocumentNode(.string(try string()), line: start)
    default: return DocumentNode(try plain(), line: start)
    }
  }

  private mutating func entries() throws(Failure) -> [DocumentNode.Entry] {
    var entries: [DocumentNode.Entry] = []
    var keys: Set<String> = []
    try enter("a mapping")
    while try another(after: entries.count, until: "}") {
      guard next == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let key = try string()
      values += 1
      guard keys.insert(key).inserted else {
        throw .fault(
          MeshFault("a key is given twice", path: FieldPath(path), line: line, found: key))
      }
      skipSpace()
      try take(":")
      skipSpace()
      path.append(.field(key))
      entries.append(DocumentNode.Entry(key: key, node: try value()))
      path.removeLast()
    }
    return entries
  }

  private mutating func elements() throws(Failure) -> [DocumentNode] {
    var elements: [DocumentNode] = []
    try enter("a list")
    while try another(after: elements.count, until: "]") {
      path.append(.index(elements.count))
      elements.append(try value())
      path.removeLast()
    }
    return elements
  }

  private mutating func enter(_ what: String) throws(Failure) {
    index += 1
    guard path.count < limits.depth else {
      throw .fault(limits.tooDeep(at: FieldPath(path), line: line, what))
    }
  }

  /// Goes to the next element of a list or an object, or behind its end.
  private mutating func another(after count: Int, until end: Unicode.Scalar) throws(Failure) -> Bool
  {
    skipSpace()
    if next == UInt8(ascii: end) {
      index += 1
      return false
    }
    if count > 0 {
      try take(",")
      skipSpace()
    }
    return true
  }

  private mutating func plain() throws(Failure) -> DocumentNode.Value {
    let word = bytes[index...].prefix { Self.isPlain($0) }
    let text = String(decoding: word, as: UTF8.self)
    let value = PlainScalar.value(of: text)
    let isJSON =
      switch value {
      case .integer, .number: JSONNumber.isWritten(text)
      case .null, .bool: ["null", "true", "false"].contains(text)
      case .string, .list, .map: false
      }
    guard isJSON else { throw unexpected("a value") }
    index += word.count
    return value
  }

  // MARK: Strings

  private mutating func string() throws(Failure) -> String {
    index += 1
    var text: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try appendEscaped(to: &text)
      case 0..<0x20: throw unexpected("no control character in a string")
      default:
        let run = bytes[index...].prefix(while: Self.isText)
        text += run
        index += run.count
      }
    }
    throw unexpected("the end of a string")
  }

  private mutating func appendEscaped(to text: inout [UInt8]) throws(Failure) {
    guard index + 1 < bytes.count else { throw unexpected("the end of a string") }
    let letter = bytes[index + 1]
    if let byte = Self.escapes[letter] {
      text.append(byte)
      index += 2
    } else if letter == UInt8(ascii: "u") {
      text += Array(String(try escapedScalar()).utf8)
    } else {
      throw unexpected("an escape that JSON has")
    }
  }

  private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
    let rest = bytes[index...]
    if let scalar = SurrogatePairs.pair(at: rest) {
      index += 12
      return scalar
    }
    guard let code = SurrogatePairs.escape(at: rest), let scalar = Unicode.Scalar(code)
    else { throw unexpected("the four digits of a character") }
    index += 6
    return scalar
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
    UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
  ]

  // MARK: Bytes

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) throws(Failure) {
    guard next == UInt8(ascii: scalar) else { throw unexpected("\"\(scalar)\"") }
    index += 1
  }

  private mutating func skipSpace() {
    while let byte = next, Self.isSpace(byte) {
      if byte == UInt8(ascii: "\n") { line += 1 }
      index += 1
    }
  }

  private func unexpected(_ expected: String) -> Failure {
    let place = next == nil ? "at the end" : "on line \(line)"
    return .notJSON("\(expected) is expected \(place)", isLikely: values > 1)
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private static func isText(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
