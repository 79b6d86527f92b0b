/// One thing the proxy has to say about its configuration.
public struct ConfigFinding: Equatable, Sendable {
  public enum Standing: Equatable, Sendable {
    /// The resource cannot be used as it is.
    case rejected
    /// The resource is used, and something of it needs a look: it does less than it seems to say, or soon
    /// will.
    case warned
    /// The field is known to the official schema but has no effect here.
    case ignored
  }

  /// A place in a YAML file, both from 1.
  public struct Position: Equatable, Sendable {
    public var line: Int
    public var column: Int
    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  public var standing: Standing
  /// From the resource down: `clusters[api].load_assignment.endpoints[0].lb_endpoints[2]`; empty: the
  /// whole of a file.
  public var path: String
  /// What was found and what is accepted, one sentence.
  public var text: String
  public var position: Position?
  /// The file that `position` counts in; nil for a resource from the control plane.
  public var file: String?

  public init(
    _ standing: Standing, path: String, text: String, position: Position? = nil, file: String? = nil
  ) {
    self.file = file
    self.standing = standing
    self.path = path
    self.text = text
    self.position = position
  }
}

extension ConfigFinding: CustomStringConvertible {
  public var description: String {
    var place = file.map { "\($0):" } ?? ""
    place += position.map { "\($0.line):\($0.column):" } ?? ""
    if !place.isEmpty { place += " " }
    return (path.isEmpty ? place + text : "\(place)\(path): \(text)").escapingControls
  }
}

extension String {
  /// On one line whatever it quotes: control characters are written as `\u{..}`.
  fileprivate var escapingControls: String {
    if !utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return self }
    return unicodeScalars.map { scalar in
      scalar.value < 0x20 || scalar.value == 0x7F
        ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }.joined()
  }
}
