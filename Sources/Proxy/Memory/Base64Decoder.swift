/// Why text is not the base64 it should be.
public enum Base64Fault: Error, Equatable, Sendable {
  /// No digit, or padding where none belongs.
  case invalid
  /// The text ends within a group of four.
  case incomplete
}

/// Decodes base64 however it is cut (RFC 4648 section 4). Behind padding another text may begin, as
/// senders pad whenever they flush. A byte is written as soon as its digits are there, so that no piece
/// becomes longer. What another encoder would have written otherwise is refused. A value.
public struct Base64Decoder: Sendable {
  /// Those digits of the present group whose bits are not all written yet; the last one lowest.
  private var bits: UInt32 = 0
  /// Digits and padding of the present group, 0 to 3.
  private var position = 0
  /// The group has padding, and one more is due.
  private var isPadded = false

  public init() {}

  /// Appends what the next piece of text stands for; behind a fault the text is beyond repair.
  public mutating func decode(
    _ text: borrowing Span<UInt8>, into output: ByteBuffer
  ) throws(Base64Fault) {
    for index in text.indices {
      let byte = text[index]
      if byte == UInt8(ascii: "=") {
        try takePadding()
      } else {
        guard !isPadded, let digit = Self.digit(byte) else { throw .invalid }
        take(digit, output)
      }
    }
  }

  /// The text ends here.
  public func end() throws(Base64Fault) { if position > 0 { throw .incomplete } }

  private mutating func take(_ digit: UInt32, _ output: ByteBuffer) {
    bits = bits << 6 | digit
    position = (position + 1) & 3
    switch position {
    case 1: break
    case 2: output.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3: output.append(UInt8(truncatingIfNeeded: bits >> 2))
    default: output.append(UInt8(truncatingIfNeeded: bits))
    }
  }

  private mutating func takePadding() throws(Base64Fault) {
    switch position {
    case 2 where bits & 15 == 0:
      isPadded = true
      position = 3
    case 3 where isPadded || bits & 3 == 0:
      isPadded = false
      position = 0
    default: throw .invalid
    }
  }

  private static func digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
