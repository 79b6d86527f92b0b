import HTTPModel
import Routing

// Any bytes as what a client sends of `x-forwarded-client-cert`, a line break standing between two fields: in
// what is believed, readers of either kind find the same elements, the one that is written behind it among them.

private let own = Array(#"By=spiffe://mesh/a;Hash=00;Subject="O=\"a\",CN=b""#.utf8)

private func isSound(_ values: [[UInt8]]) -> Bool {
  let head = RequestHead()
  for value in values { head.add(.xForwardedClientCert, bytes: value) }
  return head.hasSoundForwardedCertificate(besides: 0)
}

/// The elements of a list; nil: it ends within quotation marks.
/// - Parameter frees: whether so many backslashes free the quotation mark behind them.
private func elements(_ list: [UInt8], _ frees: (Int) -> Bool) -> [[UInt8]]? {
  var elements: [[UInt8]] = [[]]
  var isQuoted = false
  var backslashes = 0
  for byte in list {
    if byte == UInt8(ascii: "\""), !isQuoted || !frees(backslashes) { isQuoted.toggle() }
    backslashes = byte == UInt8(ascii: "\\") ? backslashes + 1 : 0
    if byte == UInt8(ascii: ","), !isQuoted {
      elements.append([])
    } else {
      elements[elements.count - 1].append(byte)
    }
  }
  return isQuoted ? nil : elements
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe copy(Span(_unsafeStart: start, count: count))
  let values = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    .map { Array($0) }
  let areSound = isSound(values)
  precondition(areSound == values.allSatisfy { isSound([$0]) }, "each field stands for itself")
  guard areSound else { return 0 }
  let list = Array(values.joined(separator: [UInt8(ascii: ",")]))
  precondition(isSound([list]), "several fields are one list")
  let whole = list + [UInt8(ascii: ",")] + own
  let found = elements(whole) { $0 % 2 == 1 }
  precondition(found == elements(whole) { $0 > 0 }, "readers agree")
  precondition(found?.last == own, "nothing swallows the element behind it")
  precondition(found?.allSatisfy { $0.contains(UInt8(ascii: "=")) } == true, "each says something")
  return 0
}
