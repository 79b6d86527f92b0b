import Config
import HTTPModel

/// Which upgrades are allowed, at one level of the configuration.
public struct UpgradePolicy: Sendable {
  /// What is said of one protocol.
  public struct Rule: Sendable {
    fileprivate let name: [UInt8]
    /// Of CONNECT, which is no name of a protocol.
    fileprivate let isConnect: Bool
    public let isEnabled: Bool
    /// CONNECT ends here: the endpoint is given what is inside the tunnel.
    public let terminatesConnect: Bool
  }

  private let rules: [Rule]

  public init(_ config: [UpgradeConfig]) {
    rules = config.map {
      Rule(
        name: Array($0.type.utf8), isConnect: $0.type == UpgradeConfig.connect,
        isEnabled: $0.isEnabled, terminatesConnect: $0.terminatesConnect)
    }
  }

  /// What holds for a protocol that a request asks for: what is said here, else what `manager` says. nil: it
  /// may not be had.
  public func upgrade(to name: borrowing Span<UInt8>, else manager: UpgradePolicy) -> Rule? {
    (rule(for: name) ?? manager.rule(for: name)).flatMap { $0.isEnabled ? $0 : nil }
  }

  /// What holds for a CONNECT that names no protocol; nil: it may not be had.
  public func connect(else manager: UpgradePolicy) -> Rule? {
    (ofConnect ?? manager.ofConnect).flatMap { $0.isEnabled ? $0 : nil }
  }

  /// What is said of the protocol; nil: nothing.
  private func rule(for name: borrowing Span<UInt8>) -> Rule? {
    for rule in rules where !rule.isConnect && name.equalsIgnoringCase(rule.name.span) {
      return rule
    }
    return nil
  }

  private var ofConnect: Rule? { rules.first(where: \.isConnect) }
}
