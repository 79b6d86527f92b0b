import Platform

print("martlet: monotonic clock at \(MonotonicInstant.now().nanoseconds) ns")
