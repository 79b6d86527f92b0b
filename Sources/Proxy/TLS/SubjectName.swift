import Config
import Patterns

/// A subject alternative name of a certificate. Names are compared byte by byte.
/// Source: RFC 5280 section 4.2.1.6.
public struct SubjectName: Equatable, Sendable {
  public var kind: SubjectNameMatcherConfig.Kind
  public var text: String

  public init(_ kind: SubjectNameMatcherConfig.Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  func matches(_ matcher: SubjectNameMatcherConfig, _ workspace: PatternWorkspace) -> Bool {
    guard kind == matcher.kind else { return false }
    if kind == .dns, case .exact(let host) = matcher.matcher.pattern { return isFor(host: host) }
    return matcher.matcher.matches(text, workspace)
  }

  /// A DNS name that is `host`, or whose wildcard stands for its first label (RFC 6125 section 6.4.3).
  func isFor(host: String) -> Bool {
    guard kind == .dns else { return false }
    let (name, host) = (folded(text), folded(host))
    if name == host { return true }
    guard name.starts(with: "*.".utf8), let dot = host.firstIndex(of: UInt8(ascii: ".")), dot > 0
    else { return false }
    // A wildcard directly under a top-level domain vouches for too much.
    let parent = host[(dot + 1)...]
    return name[2...] == parent && parent.contains(UInt8(ascii: "."))
  }
}

extension StringMatcherConfig {
  fileprivate func matches(_ text: String, _ workspace: PatternWorkspace) -> Bool {
    let value = ignoreCase ? folded(text) : Array(text.utf8)
    func bytes(_ wanted: String) -> [UInt8] { ignoreCase ? folded(wanted) : Array(wanted.utf8) }
    switch pattern {
    case .exact(let wanted): return value == bytes(wanted)
    case .prefix(let wanted): return value.starts(with: bytes(wanted))
    case .suffix(let wanted): return value.reversed().starts(with: bytes(wanted).reversed())
    case .contains(let wanted):
      let wanted = bytes(wanted)
      return wanted.isEmpty || value.indices.contains { value[$0...].starts(with: wanted) }
    case .regex(let expression): return expression.matches(Array(text.utf8).span, workspace)
    }
  }
}

/// The bytes with ASCII letters in lower case.
private func folded(_ text: String) -> [UInt8] {
  text.utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
}
