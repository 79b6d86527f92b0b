import Telemetry
import Upstreams

extension RequestOutcome {
  /// What an attempt that is over came to for its endpoint.
  init(_ attempt: borrowing AttemptRecord) {
    if attempt.flags.isEmpty {
      self = attempt.status < 500 ? .success : .failure
    } else if attempt.flags.contains(.upstreamRequestTimeout) {
      self = .timeout
    } else if attempt.flags.isDisjoint(with: [.downstreamConnectionTermination, .upstreamOverflow])
    {
      self = .failure
    } else {
      self = .cancelled
    }
  }
}
