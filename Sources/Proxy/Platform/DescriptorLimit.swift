import CPlatform
import Glibc

/// Allows the process as many descriptors as it may allow itself.
/// - Returns: how many that is.
public func raiseDescriptorLimit() -> Int {
  var limit = rlimit()
  // SAFETY: the kernel fills and reads a local.
  guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
    return 1024
  }
  let soft = limit.rlim_cur
  limit.rlim_cur = limit.rlim_max
  let raised = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
  return Int(clamping: raised ? limit.rlim_max : soft)
}
