import TLS

// Any bytes as a ClientHello: seen piece by piece it means the same, and the host it asks for is one that
// routing can compare.

private func judge(_ input: Span<UInt8>, ends: [Int]) -> Verdict<ClientHello> {
  do {
    for end in ends {
      if let hello = try ClientHello.decode(input.extracting(0..<end)) { return .accepted(hello) }
    }
    return .incomplete
  } catch { return .refused }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe Span(_unsafeStart: start, count: count)
  let pieces = judge(input, ends: cuts(input))
  let whole = judge(input, ends: [count])
  precondition(whole.allows(pieces), "split feeding changes nothing")
  guard case .accepted(let hello) = whole else { return 0 }
  if let name = hello.serverName {
    precondition((1...255).contains(name.utf8.count), "a name has a length")
    precondition(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a name is printable")
    precondition(name.utf8.allSatisfy { $0 &- 0x41 >= 26 }, "a name is in lower case")
  }
  precondition(hello.applicationProtocols.allSatisfy { !$0.isEmpty }, "a protocol has a name")
  return 0
}
