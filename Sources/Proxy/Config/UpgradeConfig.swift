/// Whether a client may have its connection switched to another protocol, or, for the type `connect`,
/// carried to where it asks. Source: `HttpConnectionManager.UpgradeConfig`, `RouteAction.UpgradeConfig`.
public struct UpgradeConfig: Equatable, Sendable {
  /// In lower case.
  public var type: String
  public var isEnabled: Bool
  /// `connect_config`: the endpoint is given what is inside the tunnel; else the CONNECT itself.
  public var terminatesConnect: Bool

  public init(type: String, isEnabled: Bool = true, terminatesConnect: Bool = false) {
    self.type = type
    self.isEnabled = isEnabled
    self.terminatesConnect = terminatesConnect
  }

  /// The type of a CONNECT that names no protocol.
  public static let connect = "connect"
}
