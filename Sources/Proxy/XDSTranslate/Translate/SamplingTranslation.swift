import Config

/// Which traces are sampled. Source: the percentages of `HttpConnectionManager.Tracing`, and
/// `OpenTelemetryConfig.sampler`, which decides in their place.
extension TracingConfig {
  private static let keptDecision = "a decision that arrives in traceparent is kept"

  mutating func readSampling(_ view: MessageView) {
    guard !hasSampler else {
      for name in ["random_sampling", "overall_sampling"] where view.has(name) {
        view.ignore(name, "ignored: the provider's sampler decides")
      }
      return
    }
    let random = view.percent("random_sampling") ?? 100
    randomSamplingPercent = random
    guard let overall = view.percent("overall_sampling"), overall < 100 else { return }
    view.ignore("overall_sampling", "bounds random sampling alone: \(Self.keptDecision)")
    randomSamplingPercent = min(random, overall)
  }

  mutating func readSampler(_ config: MessageView) {
    guard let sampler = config.view("sampler") else { return }
    _ = sampler.string("name")
    guard sampler.typeName("typed_config") == TypeName.parentBasedSampler else {
      take(sampler)
      if hasSampler {
        config.ignore("sampler", "decides for new traces alone: \(Self.keptDecision)")
      }
      return
    }
    guard let wrapped = sampler.opened("typed_config")?.view("wrapped_sampler") else {
      return sampler.reject("wrapped_sampler is required in a parent-based sampler")
    }
    _ = wrapped.string("name")
    take(wrapped)
  }

  /// Takes the percentage of a sampler that asks nobody else.
  private mutating func take(_ sampler: MessageView) {
    switch sampler.typeName("typed_config") {
    case TypeName.alwaysOnSampler:
      _ = sampler.opened("typed_config")
      randomSamplingPercent = 100
    case TypeName.ratioSampler:
      guard let ratio = sampler.opened("typed_config") else { return }
      let share = ratio.view("sampling_percentage")?.partsPerMillion() ?? 0
      randomSamplingPercent = Double(share) / 10_000
    default:
      let accepted = "accepted: always_on, trace_id_ratio_based, and these in parent_based"
      return sampler.ignore("sampler \(sampler.extensionName) is not implemented; \(accepted)")
    }
    hasSampler = true
  }
}
