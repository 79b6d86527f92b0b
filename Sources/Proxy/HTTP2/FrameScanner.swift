/// What stands in front of each frame (RFC 9113 section 4.1).
struct FrameHeader: Hashable {
  /// Bytes of payload.
  var length: Int
  /// One of `FrameType`, or of an extension.
  var type: UInt8
  var flags: UInt8
  var stream: UInt32

  func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
}

/// RFC 9113 section 6.
enum FrameType {
  static let data: UInt8 = 0x0
  static let headers: UInt8 = 0x1
  static let priority: UInt8 = 0x2
  static let resetStream: UInt8 = 0x3
  static let settings: UInt8 = 0x4
  static let ping: UInt8 = 0x6
  static let windowUpdate: UInt8 = 0x8
  static let continuation: UInt8 = 0x9
}

/// RFC 9113 section 6.
enum FrameFlag {
  static let ack: UInt8 = 0x1
  static let endStream: UInt8 = 0x1
}

/// Finds the frames in a peer's bytes, however these are cut. A value.
struct FrameScanner {
  private static let headerBytes = 9

  /// Bytes to pass over before the next header.
  private var skip: Int
  /// The header so far, and how many bytes of it.
  private var word: UInt64 = 0
  private var wordBytes = 0

  /// - Parameter preface: bytes in front of the first frame.
  init(preface: Int) { skip = preface }

  /// Moves the position to the last byte of the next header, or to the end of the input.
  /// - Returns: the header. Only with its last byte does it take effect on who reads the same bytes.
  mutating func next(_ input: borrowing Span<UInt8>, _ position: inout Int) -> FrameHeader? {
    let skipped = min(skip, input.count &- position)
    position &+= skipped
    skip &-= skipped
    if wordBytes == 0, position &+ Self.headerBytes <= input.count {
      word = input.word(at: position).bigEndian
      wordBytes = Self.headerBytes &- 1
      position &+= wordBytes
    }
    while position < input.count {
      if wordBytes == Self.headerBytes &- 1 {
        let header = FrameHeader(word, input[position])
        wordBytes = 0
        skip = header.length &+ 1
        return header
      }
      word = word &<< 8 | UInt64(input[position])
      wordBytes &+= 1
      position &+= 1
    }
    return nil
  }
}

extension FrameHeader {
  /// - Parameter word: all bytes but the last.
  fileprivate init(_ word: UInt64, _ last: UInt8) {
    length = Int(truncatingIfNeeded: word &>> 40 & 0xFF_FFFF)
    type = UInt8(truncatingIfNeeded: word &>> 32)
    flags = UInt8(truncatingIfNeeded: word &>> 24)
    stream = UInt32(truncatingIfNeeded: word &<< 8 | UInt64(last)) & 0x7FFF_FFFF
  }
}
