import Platform

/// Runs the proxy until it is told to end.
/// - Returns: the exit code: 1 when it could not start.
public func runProxy(_ options: RunOptions) -> Int32 {
  // Keys of certificates are in memory.
  if !options.dumpsCore { hideMemory() }
  do throws(StartFault) {
    try ProxyProcess(options).run()
    return 0
  } catch {
    printError(error.text)
    return 1
  }
}
