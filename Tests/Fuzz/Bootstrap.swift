import Config
import XDSTranslate

// Any bytes as a bootstrap file: taken or refused with a reason, the same each time, and the routes in
// it compile or are refused with a reason.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let yaml = copy(unsafe Span(_unsafeStart: start, count: count))
  let (config, findings) = loadBootstrap(yaml: yaml, fileName: "fuzz")
  expectReason(config != nil, findings)
  let (again, same) = loadBootstrap(yaml: yaml, fileName: "fuzz")
  precondition(again == config && same == findings, "a file is read the same each time")
  for listener in config?.listeners ?? [] { compile(listener) }
  return 0
}
