import Config
import Telemetry

/// The TCP proxy of one listener on one worker.
final class TCPProxy {
  let config: TCPProxyConfig
  let clusters: [WeightedClusterPlan]
  let trust: PeerTrust
  let faults: ListenerFaults
  let reporter: ConnectionReporter
  let sampler: TraceSampler

  init(
    config: TCPProxyConfig, clusters: [WeightedClusterPlan], trust: PeerTrust,
    faults: ListenerFaults, reporter: ConnectionReporter
  ) {
    self.config = config
    self.clusters = clusters
    self.trust = trust
    self.faults = faults
    self.reporter = reporter
    sampler = TraceSampler(percent: config.tracing?.randomSamplingPercent ?? 0)
  }

  var stats: TCPStats { reporter.stats }
}
