import Platform

/// How the ADS stream stands, for the admin listener.
public struct ADSStatus: Sendable {
  /// The stream is open (`control_plane.connected_state`).
  public var isConnected: Bool
  public var connectedSince: WallInstant?
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

  /// Names and values for statistics; `control_plane.connected_state` is a gauge, the rest count.
  public var statistics: [(name: String, value: UInt64)] {
    var statistics: [(name: String, value: UInt64)] = [
      ("control_plane.connected_state", isConnected ? 1 : 0),
      ("control_plane.connect_attempt", connectAttempts),
      ("control_plane.connect_failure", connectFailures),
    ]
    for status in types {
      let prefix =
        switch status.type {
        case .cluster: "cluster_manager.cds"
        case .clusterLoadAssignment: "cluster_manager.eds"
        case .listener: "listener_manager.lds"
        case .routeConfiguration: "listener_manager.rds"
        }
      statistics += [
        ("\(prefix).update_attempt", status.counts.attempts),
        ("\(prefix).update_success", status.counts.successes),
        ("\(prefix).update_rejected", status.counts.rejections),
        ("\(prefix).update_duplicate", status.counts.duplicates),
      ]
    }
    return statistics
  }
}
