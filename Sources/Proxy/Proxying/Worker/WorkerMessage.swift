import Config
import Platform
import Reactor
import Routing
import TLS
import Telemetry
import Upstreams

/// What the control loop tells a worker; applied between two turns, in order.
public enum WorkerMessage: Sendable {
  /// A new listener, or the next version of one that was closed, with its bound socket, one for each worker.
  case addListener(ListenerPlan, fd: Int32)
  case updateListener(ListenerPlan)
  /// It accepts no more, until it is added at another address.
  case closeListener(name: String)
  case removeListener(name: String)
  /// Every cluster name so far, for routes that read the name from a header.
  case setClusterNames(ClusterNameIndex)
  /// The route table that listeners know by `name`.
  case setRoutes(name: String, RouteTable)
  case setCluster(ClusterID, ClusterConfig, TLSContext?, ClusterStats, ClusterBudgets)
  case setEndpoints(ClusterID, EndpointSet)
  case removeCluster(ClusterID)
  /// Asks what happened at every endpoint; `endpointReports` answers.
  case reportEndpoints
  /// Stop accepting, finish what runs, then report `drained`.
  case drain
  /// The drain's time is up: close everything.
  case stop
}

/// What a worker tells the control loop.
public enum ControlMessage: Sendable {
  /// Spans for the collector of that configuration.
  case spans(TracingConfig, SpanExport)
  /// Whole lines for that sink.
  case accessLog(AccessLogConfig.Sink, [UInt8])
  case log(LogLevel, String)
  /// What happened at this worker's endpoints, by cluster.
  case endpointReports([ClusterID: [EndpointReport]])
  /// No connection is left on this worker.
  case drained(worker: Int)

  /// What it counts for while it waits. The rest comes once for what the control loop asked or did.
  var byteCount: Int {
    switch self {
    case .spans(_, let export): export.body.count
    case .accessLog(_, let lines): lines.count
    case .log(_, let text): text.utf8.count
    case .endpointReports, .drained: 0
    }
  }
}

extension Mailbox<ControlMessage> {
  func post(_ message: ControlMessage) { post(message, bytes: message.byteCount) }
}
