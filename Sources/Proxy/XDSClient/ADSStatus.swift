import Platform
import XDSTranslate

/// How the ADS stream stands, for the admin listener.
public struct ADSStatus: Sendable {
  /// The stream is open (`control_plane.connected_state`).
  public var isConnected: Bool
  public var connectedSince: WallInstant?
  /// Where it connects, or last did; nil: nowhere yet.
  public var peer: SocketAddress?
  /// When it connects again; nil while it does or has.
  public var nextTry: MonotonicInstant?
  /// `control_plane.identifier` of the last response; empty when it did not say.
  public var controlPlane: String
  /// Why the last connection ended or the last message was refused; nil when nothing went wrong.
  public var lastError: String?
  /// Connections tried.
  public var connectAttempts: UInt64
  /// Connections that failed or ended.
  public var connectFailures: UInt64
  /// In the order of ADS: clusters, endpoints, listeners, routes.
  public var types: [ResourceTypeStatus]

  /// One line for `/ready`: how the stream stands and what was refused.
  public var summary: String {
    var text = "\(place): "
    if isConnected {
      text += "connected\(controlPlane.isEmpty ? "" : " to \(controlPlane)")"
    } else {
      text += lastError ?? "connecting"
      if let nextTry {
        text += "; next try in \(nextTry.nanoseconds(since: .now()) / 1_000_000) ms"
      }
    }
    for rejection in types.compactMap(\.lastRejection) {
      text += "; rejected: " + rejection.split(separator: "\n").joined(separator: " ")
    }
    return text
  }

  var place: String { peer.map { "control plane \($0)" } ?? "control plane" }

  /// What the type's last NACK said of each resource; empty once a response was accepted whole.
  public func rejectionLines(of type: ResourceType) -> [String] {
    let text = types.first { $0.type == type }?.lastRejection ?? ""
    return text.split(separator: "\n").dropFirst().map(String.init)
  }
}
