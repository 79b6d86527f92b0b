import Platform
import Testing

@testable import Memory

@Suite("ByteBuffer")
struct ByteBufferTests {
  private func text(_ buffer: ByteBuffer) -> String {
    String(decoding: Array(buffer), as: UTF8.self)
  }

  @Test func givesBackWhatWasAppendedInOrder() {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append("GET ")
    buffer.append(UInt8(ascii: "/"))
    buffer.append([0x78, 0x79])
    #expect(text(buffer) == "GET /xy")
    buffer.consume(4)
    #expect(text(buffer) == "/xy")
    buffer.consume(3)
    #expect(buffer.isEmpty && buffer.writableCount == 64)
  }

  @Test(arguments: [0, 9, 10, 99, 100, 65_535, 1_000_000_007, UInt64.max - 1, .max])
  func writesDecimalsAsSwiftDoes(_ value: UInt64) {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append(decimal: value)
    #expect(text(buffer) == String(value))
  }

  @Test func writesUUIDsWithTheirHyphens() {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append(uuid: 0x0123_4567_89AB_4CDE, 0x8F01_2345_6789_ABCD)
    #expect(text(buffer) == "01234567-89ab-4cde-8f01-23456789abcd")
  }

  @Test(arguments: [0, 0xF, 0x10, 0xFF, 0x1000, 0xDEAD_BEEF, UInt64.max])
  func writesHexadecimalsAsSwiftDoes(_ value: UInt64) {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append(hex: value)
    #expect(text(buffer) == String(value, radix: 16))
    buffer.clear()
    buffer.append(hex: value, digits: 16)
    let digits = String(value, radix: 16)
    #expect(text(buffer) == String(repeating: "0", count: 16 - digits.count) + digits)
  }

  @Test func growsWithoutLosingAByte() {
    let buffer = ByteBuffer(capacity: 4)
    var expected = ""
    for number in 0..<500 {
      buffer.append("\(number),")
      expected += "\(number),"
    }
    #expect(text(buffer) == expected)
    #expect(buffer.capacity >= expected.utf8.count)
  }

  @Test func aSpanTakenBeforeGrowthStillReadsItsBytes() {
    let buffer = ByteBuffer(capacity: 4)
    buffer.append("abcd")
    let before = buffer.readable
    buffer.append("efghijkl")
    #expect(before[0] == UInt8(ascii: "a") && before[3] == UInt8(ascii: "d"))
  }

  @Test func rewindShowsWhatWasAdvancedOverAgain() {
    let buffer = ByteBuffer(capacity: 16)
    buffer.append("head")
    buffer.advance(4)
    #expect(buffer.isEmpty)
    buffer.append("body")
    buffer.rewind()
    #expect(text(buffer) == "headbody")
  }

  @Test func compactMovesTheRestToTheFront() {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append("12345678")
    buffer.consume(6)
    #expect(buffer.writableCount == 0)
    buffer.compact()
    #expect(text(buffer) == "78" && buffer.writableCount == 6)
  }
}

@Suite("BufferPool")
struct BufferPoolTests {
  @Test func handsTheSameBufferOutAgainEmpty() {
    let pool = BufferPool(bufferCapacity: 32)
    let first = pool.acquire()
    first.append("left over")
    pool.release(first)
    let second = pool.acquire()
    #expect(second === first && second.isEmpty)
  }

  @Test func keepsNoneThatGrewAndNoMoreThanItsBound() {
    let pool = BufferPool(bufferCapacity: 8, maxSpare: 1)
    let grown = pool.acquire()
    grown.append("more than eight bytes")
    pool.release(grown)
    #expect(pool.acquire() !== grown)
    let (a, b) = (pool.acquire(), pool.acquire())
    pool.release(a)
    pool.release(b)
    #expect(pool.acquire() === a)
    #expect(pool.acquire() !== b)
  }
}
