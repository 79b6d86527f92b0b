/// One type of discovered resource (`xds.TYPE.`). Control thread only.
public final class DiscoveryStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let updateAttempt = Counter()
  public let updateSuccess = Counter()
  public let updateRejected = Counter()
  public let updateFailure = Counter()
  public let resources = Counter()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "xds", label: "type")

  public static let counters: [CounterMetric<DiscoveryStats>] =
    [
      .counter("update_attempt", "Responses received") { $0.updateAttempt.value },
      .counter("update_success", "Responses accepted whole") { $0.updateSuccess.value },
      .counter("update_rejected", "Responses of which something was refused") {
        $0.updateRejected.value
      },
      .counter("update_failure", "Streams that could not be had, or ended") {
        $0.updateFailure.value
      },
      .gauge("resources", "Resources in force") { $0.resources.value },
    ]

  public static let histograms: [HistogramMetric<DiscoveryStats>] = []
}

/// The stream to the control plane (`control_plane.`). Control thread only.
public final class ControlPlaneStats: StatsBlock {
  /// The name's UTF-8.
  public let name: [UInt8]
  public let connectedState = Counter()
  public let connectTotal = Counter()
  public let disconnectTotal = Counter()

  public init(name: String) { self.name = Array(name.utf8) }

  public static let scope = StatsScope(prefix: "control_plane", label: nil)

  public static let counters: [CounterMetric<ControlPlaneStats>] =
    [
      .gauge("connected_state", "1 while the stream stands") { $0.connectedState.value },
      .counter("connect_total", "Connections begun") { $0.connectTotal.value },
      .counter("disconnect_total", "Connections that failed or ended") { $0.disconnectTotal.value },
    ]

  public static let histograms: [HistogramMetric<ControlPlaneStats>] = []
}
