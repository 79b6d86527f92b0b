import HTTPModel
import Platform
import Routing
import Testing

@Suite("x-forwarded-for")
struct ForwardedForTests {
  private let client = SocketAddress("2001:db8::7", port: 4711)!

  private func forwarded(_ values: String...) -> [String] {
    let head = Request.make("/", values.map { ("x-forwarded-for", $0) })
    head.addForwardedFor(client)
    return head.lines.filter { $0.hasPrefix("x-forwarded-for") }
  }

  @Test func theClientsAddressIsAppendedToOneField() {
    #expect(forwarded() == ["x-forwarded-for: 2001:db8::7"])
    #expect(
      forwarded("10.0.0.1", "10.0.0.2") == ["x-forwarded-for: 10.0.0.1, 10.0.0.2, 2001:db8::7"])
  }

  /// A field's length has 16 bits: joined, the address would be cut to what the client sent first.
  @Test func aListTooLongForOneFieldGetsAnother() {
    let long = "1.1.1.1," + String(repeating: " ", count: 65_520)
    let fields = forwarded(long)
    #expect(fields.count == 2)
    #expect(fields.last == "x-forwarded-for: 2001:db8::7")
    #expect(fields.first?.utf8.count == "x-forwarded-for: ".utf8.count + long.utf8.count)
  }
}
