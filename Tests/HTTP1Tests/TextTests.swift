import HTTPModel
import Testing

/// Words and bytes are compared and judged alike, wherever they stand and however many there are.
@Suite struct TextTests {
  private func isSame(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    bytes.span.equalsIgnoringCase(text)
  }

  private func isPlain(_ bytes: [UInt8]) -> Bool { ByteScan.isPlainLowercase(bytes.span) }
  private func isText(_ bytes: [UInt8]) -> Bool { ByteScan.isText(bytes.span) }

  @Test("letters of either case are the same, and nothing else is")
  func folding() {
    let names: [StaticString] = [
      "te", "close", "trailers", "keep-alive", "x-forwarded-client-cert",
    ]
    for name in names {
      let small = Array("\(name)".utf8)
      let large = Array("\(name)".uppercased().utf8)
      #expect(isSame(small, name))
      #expect(isSame(large, name))
      #expect(!isSame(small + [0x20], name))
      #expect(!isSame(small.dropLast(), name))
      for index in small.indices {
        for other in [small[index] ^ 0x40, small[index] ^ 0x80, small[index] ^ 1, 0] {
          var changed = small
          changed[index] = other
          #expect(!isSame(changed, name), "\(name) with \(other) at \(index)")
        }
      }
    }
    #expect(!isSame(Array("KEEP\rALIVE".utf8), "keep-alive"))
  }

  @Test("a name of small letters, digits and hyphens has no other byte", arguments: 1...40)
  func plainNames(_ count: Int) {
    let name = (0..<count).map { Array("abcxyz019-".utf8)[$0 % 10] }
    #expect(isPlain(name))
    for index in name.indices {
      for other: UInt8 in [
        0, 0x20, 0x2C, 0x2E, 0x2F, 0x3A, 0x40, 0x41, 0x5A, 0x5F, 0x60, 0x7B, 0xE1,
      ] {
        var changed = name
        changed[index] = other
        #expect(!isPlain(changed), "\(other) at \(index) of \(count)")
      }
    }
  }

  @Test("text has no control character but tab", arguments: 0...40)
  func text(_ count: Int) {
    let text = (0..<count).map { [0x09, 0x20, 0x7E, 0x80, 0xFF, 0x61][$0 % 6] as UInt8 }
    #expect(isText(text))
    for index in text.indices {
      for other: UInt8 in [0, 0x08, 0x0A, 0x0D, 0x1F, 0x7F] {
        var changed = text
        changed[index] = other
        #expect(!isText(changed), "\(other) at \(index) of \(count)")
      }
    }
  }
}
