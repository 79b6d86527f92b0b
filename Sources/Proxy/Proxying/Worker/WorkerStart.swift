import Config
import Reactor
import Telemetry

/// What a worker's thread is started with.
struct WorkerStart: Sendable {
  var index: Int
  /// How many descriptors the process may have.
  var descriptorLimit: Int
  /// Bytes the process may have; nil: no bound.
  var memoryLimit: Int?
  var mailbox: Mailbox<WorkerMessage>
  var control: Mailbox<ControlMessage>
  var stats: TelemetryStats
  var node: NodeConfig
  var version: String
}
