/// A text with command operators, read once for all who write such values: `%NAME%`,
/// `%NAME(ARGUMENT):LENGTH%`, and `%%` for a percent sign. Source: Envoy's "Command operators", those
/// that `CommandOperator` and `FieldOperator` name.
public struct FormatString: Equatable, Sendable {
  public enum Piece: Equatable, Sendable {
    case text(String)
    case value(CommandOperator)
    case field(FieldOperator)
  }

  /// Empty for an empty text; two texts never follow one another.
  public private(set) var pieces: [Piece] = []

  /// - Throws: what of the text is no operator at that place, and what is accepted.
  public init(parsing text: String, in place: FormatPlace) throws(FormatFault) {
    var literal = ""
    var rest = Substring(text)
    while let start = rest.firstIndex(of: "%") {
      literal += rest[..<start]
      rest = rest[rest.index(after: start)...]
      guard let end = Self.end(of: rest) else {
        throw FormatFault(
          text: "found \"\(text)\", which ends inside an operator; write %% for a percent sign")
      }
      let command = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if command.isEmpty {
        literal += "%"
        continue
      }
      let piece = try Self.piece(command, in: place)
      if !literal.isEmpty { pieces.append(.text(literal)) }
      literal = ""
      pieces.append(piece)
    }
    literal += rest
    if !literal.isEmpty { pieces.append(.text(literal)) }
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

  private static func piece(
    _ command: Substring, in place: FormatPlace
  ) throws(FormatFault) -> Piece {
    if let known = CommandOperator.names(in: place).first(where: { $0.name == command }) {
      return .value(known.value)
    }
    if let field = field(command, in: place) { return .field(field) }
    let names =
      CommandOperator.names(in: place).map(\.name) + ["REQ(NAME?OTHER):LENGTH"]
      + (place == .requestHeader ? [] : ["RESP(NAME?OTHER):LENGTH"])
    let accepted = names.map { "%\($0)%" }.joined(separator: ", ")
    throw FormatFault(text: "found \"%\(command)%\", accepted: %%, \(accepted)")
  }

  /// `REQ(NAME?OTHER):LENGTH` and `RESP(...)`; nil for anything else.
  private static func field(_ command: Substring, in place: FormatPlace) -> FieldOperator? {
    guard let open = command.firstIndex(of: "("), let close = command.lastIndex(of: ")"),
      open < close
    else { return nil }
    let isResponse = command[..<open] == "RESP"
    guard isResponse ? place != .requestHeader : command[..<open] == "REQ" else { return nil }
    let names = command[command.index(after: open)..<close]
      .split(separator: "?", omittingEmptySubsequences: false)
      .map { FieldOperator.Name($0, isResponse: isResponse) }
    guard (1...2).contains(names.count), let name = names[0] else { return nil }
    var field = FieldOperator(isResponse: isResponse, name: name)
    if names.count == 2 {
      guard let alternative = names[1] else { return nil }
      field.alternative = alternative
    }
    let tail = command[command.index(after: close)...]
    if !tail.isEmpty {
      guard tail.hasPrefix(":"), let length = Int(tail.dropFirst()), length > 0 else { return nil }
      field.maxBytes = length
    }
    return field
  }
}

/// Why a text was refused: what was found, and what is accepted.
public struct FormatFault: Error, Equatable {
  public var text: String

  public init(text: String) { self.text = text }
}
