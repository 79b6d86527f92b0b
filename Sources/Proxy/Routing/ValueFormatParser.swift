import Config
import HTTPModel

/// Reads a header value with command operators: `%NAME%`, `%NAME(ARGUMENT)%` and `%%`.
struct ValueFormatParser {
  struct Fault: Error {
    var text: String
  }

  private let value: String
  private let isRequest: Bool
  private let hostName: String
  private var parts: [FormatPart] = []
  private var literal = ""

  init(_ value: String, isRequest: Bool, hostName: String) {
    self.value = value
    self.isRequest = isRequest
    self.hostName = hostName
  }

  mutating func parse(_ program: inout RouteProgramDraft) -> Result<ValueFormat, Fault> {
    if value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
      return .failure(.init(text: "the value holds a control character; accepted: visible text"))
    }
    var rest = Substring(value)
    while let start = rest.firstIndex(of: "%") {
      literal += rest[..<start]
      rest = rest[rest.index(after: start)...]
      guard let end = Self.end(of: rest) else {
        return .failure(.init(text: "\"\(value)\" ends inside an operator; \(accepted)"))
      }
      let command = rest[..<end]
      rest = rest[rest.index(after: end)...]
      guard append(command, &program) else {
        return .failure(.init(text: "%\(command)% is not known here; \(accepted)"))
      }
    }
    literal += rest
    flush(&program)
    let first = program.formatParts.count
    program.formatParts += parts
    return .success(ValueFormat(parts: .init(first..<program.formatParts.count)))
  }

  /// The percent sign that closes an operator; one inside parentheses does not.
  private static func end(of text: Substring) -> Substring.Index? {
    var depth = 0
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")": depth -= 1
      case "%" where depth == 0: return index
      default: break
      }
    }
    return nil
  }

  private var accepted: String {
    "accepted: %% and %"
      + (Self.plain.map(\.name) + (isRequest ? [] : Self.onlyInResponses.map(\.name))
      + ["HOSTNAME", "REQ(NAME?OTHER):LENGTH"] + (isRequest ? [] : ["RESP(NAME?OTHER):LENGTH"]))
      .joined(separator: "%, %") + "%"
  }

  private mutating func append(
    _ command: Substring, _ program: inout RouteProgramDraft
  ) -> Bool {
    switch command {
    case "": literal += "%"
    case "HOSTNAME": literal += hostName
    default:
      let known = Self.plain + (isRequest ? [] : Self.onlyInResponses)
      guard
        let part = known.first(where: { $0.name == command })?.part
          ?? reference(command, &program)
      else { return false }
      flush(&program)
      parts.append(part)
    }
    return true
  }

  private mutating func flush(_ program: inout RouteProgramDraft) {
    if !literal.isEmpty { parts.append(.literal(program.place(literal))) }
    literal = ""
  }

  private static let plain: [(name: String, part: FormatPart)] = [
    ("DOWNSTREAM_REMOTE_ADDRESS", .downstreamRemoteAddress),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", .downstreamRemoteHost),
    ("DOWNSTREAM_REMOTE_PORT", .downstreamRemotePort),
    ("DOWNSTREAM_LOCAL_ADDRESS", .downstreamLocalAddress),
    ("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", .downstreamLocalHost),
    ("DOWNSTREAM_LOCAL_PORT", .downstreamLocalPort),
    ("PROTOCOL", .httpVersion),
    ("UPSTREAM_CLUSTER", .upstreamCluster),
    ("ROUTE_NAME", .routeName),
  ]

  private static let onlyInResponses: [(name: String, part: FormatPart)] = [
    ("RESPONSE_CODE", .responseCode),
    ("UPSTREAM_HOST", .upstreamHost),
  ]

  // MARK: fields

  /// `REQ(NAME?OTHER):LENGTH` and `RESP(...)`.
  private func reference(
    _ command: Substring, _ program: inout RouteProgramDraft
  ) -> FormatPart? {
    let isResponse = command.hasPrefix("RESP(")
    guard isResponse || command.hasPrefix("REQ("), !(isResponse && isRequest),
      let open = command.firstIndex(of: "("), let close = command.lastIndex(of: ")")
    else { return nil }
    var length = Int.max
    let tail = command[command.index(after: close)...]
    if !tail.isEmpty {
      guard tail.hasPrefix(":"), let number = Int(tail.dropFirst()), number >= 0 else { return nil }
      length = number
    }
    let names = command[command.index(after: open)..<close]
      .split(separator: "?", omittingEmptySubsequences: false)
    guard (1...2).contains(names.count), let name = referenced(names[0], isResponse, &program)
    else { return nil }
    var other: FormatPart.ReferencedName?
    if names.count == 2 {
      guard let second = referenced(names[1], isResponse, &program) else { return nil }
      other = second
    }
    let field = FormatPart.FieldReference(name: name, other: other, maxBytes: length)
    return isResponse ? .responseField(field) : .requestField(field)
  }

  private func referenced(
    _ name: Substring, _ isResponse: Bool, _ program: inout RouteProgramDraft
  ) -> FormatPart.ReferencedName? {
    let name = String(name).asciiLowercased
    switch name {
    case ":status": return isResponse ? .status : nil
    case ":method": return isResponse ? nil : .method
    case ":path": return isResponse ? nil : .path
    case ":scheme": return isResponse ? nil : .scheme
    case ":authority": return isResponse ? nil : .authority
    default: return name.isHeaderName ? .field(program.fieldName(name)) : nil
    }
  }
}
