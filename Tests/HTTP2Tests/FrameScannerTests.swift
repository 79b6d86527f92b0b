import Testing

@testable import HTTP2

/// Frames are found wherever the bytes are cut.
@Suite struct FrameScannerTests {
  private static let frames: [FrameHeader] = [
    FrameHeader(length: 0, type: FrameType.settings, flags: 0, stream: 0),
    FrameHeader(length: 3, type: FrameType.headers, flags: 5, stream: 1),
    FrameHeader(length: 0, type: FrameType.data, flags: 1, stream: 0x7FFF_FFFF),
    FrameHeader(length: 70_000, type: 0xFF, flags: 0xFF, stream: 256),
    FrameHeader(length: 8, type: FrameType.ping, flags: 0, stream: 0),
  ]

  /// Each frame's bytes; the payload looks like headers of long frames.
  private static func bytes(_ frame: FrameHeader, reserved: UInt8 = 0) -> [UInt8] {
    let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: frame.length >> $0) }
    let stream = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: frame.stream >> $0) }
    return length + [frame.type, frame.flags, stream[0] | reserved] + stream[1...]
      + [UInt8](repeating: 0xFF, count: frame.length)
  }

  /// The headers found, and where each had its effect: with its last byte, no earlier and no later.
  private static func scan(_ input: [UInt8], preface: Int, piece: Int) -> [FrameHeader: [Int]] {
    var scanner = FrameScanner(preface: preface)
    var found: [FrameHeader: [Int]] = [:]
    var start = 0
    while start < input.count {
      let part = Array(input[start..<min(start + piece, input.count)])
      var position = 0
      while let header = scanner.next(part.span, &position) {
        found[header, default: []].append(start + position)
      }
      #expect(position == part.count)
      start += part.count
    }
    return found
  }

  @Test(
    "each header is found at its last byte, however the bytes are cut",
    arguments: [1, 2, 3, 7, 8, 9, 10, 11, 24, 100, 16_384, Int.max / 2], [0, 24])
  func cuts(_ piece: Int, _ preface: Int) {
    var input = [UInt8](repeating: 0x50, count: preface)
    var expected: [FrameHeader: [Int]] = [:]
    for frame in Self.frames {
      expected[frame, default: []].append(input.count + 8)
      input += Self.bytes(frame)
    }
    #expect(Self.scan(input, preface: preface, piece: piece) == expected)
  }

  @Test("the reserved bit is no part of the stream")
  func reservedBit() {
    let found = Self.scan(Self.bytes(Self.frames[1], reserved: 0x80), preface: 0, piece: 100)
    #expect(found.keys.first == Self.frames[1])
  }

  @Test("a header that is cut off is no frame")
  func cutOff() {
    let input = Array(Self.bytes(Self.frames[0]).dropLast())
    #expect(Self.scan(input, preface: 0, piece: 100).isEmpty)
  }
}
