import Memory
import Platform
import Testing

/// The C library is the reference for the text form of addresses.
@Suite struct AddressTextTests {
  @Test func equalsTheLibrarysTextForm() {
    var random = FastRandom(seed: 4)
    for round in 0..<20_000 {
      var address = SocketAddress(
        family: round % 4 == 0 ? .ipv4 : .ipv6, high: random.next(), low: random.next(), port: 80)
      if address.family == .ipv4 {
        address = .init(family: .ipv4, high: 0, low: address.low >> 32, port: 443)
      } else {
        // Zeroes some of the eight groups.
        let keep = random.next()
        var mask: (UInt64, UInt64) = (0, 0)
        for group in 0..<4 {
          if keep >> UInt64(group) & 1 == 1 { mask.0 |= 0xFFFF << UInt64(group * 16) }
          if keep >> UInt64(group + 4) & 1 == 1 { mask.1 |= 0xFFFF << UInt64(group * 16) }
        }
        let (high, low) = (address.high & mask.0, address.low & mask.1)
        // The library writes the long obsolete ::a.b.c.d form; RFC 5952 does not.
        if high == 0, low >> 32 == 0 { continue }
        address = .init(family: .ipv6, high: high, low: low, port: 65535)
      }
      let buffer = ByteBuffer(capacity: 64)
      buffer.append(address)
      let text = buffer.readable
      #expect(
        String(decoding: text.indices.map { text[$0] }, as: UTF8.self) == address.description)
    }
  }

  @Test(arguments: ["::", "::1", "::ffff:10.0.0.1", "2001:db8::1:0:0:1", "1::"])
  func writesRFC5952(text: String) throws {
    let address = try #require(SocketAddress(text, port: 1))
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(host: address)
    let bytes = buffer.readable
    #expect(String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) == text)
  }
}
