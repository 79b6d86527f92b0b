import HTTPModel

/// Keeps a peer that dribbles from making us parse the same bytes again and again: a section that was
/// incomplete is parsed a second time only when it has ended, or has a bare LF, or is too long.
struct SectionProgress {
  /// Bytes of the section already looked at.
  private var examined = 0

  /// Parsing `input`, the section from its start, may give more than "incomplete".
  @inline(__always)
  mutating func isWorthParsing(_ input: borrowing Span<UInt8>, maxBytes: Int) -> Bool {
    examined == 0 || input.count >= maxBytes || hasEnd(input)
  }

  private mutating func hasEnd(_ input: borrowing Span<UInt8>) -> Bool {
    var position = min(examined, input.count)
    while true {
      position = ByteScan.firstIndex(of: ASCII.lineFeed, in: input, position..<input.count)
      if position == input.count { break }
      if position < 2 || input[position &- 1] != ASCII.carriageReturn
        || input[position &- 2] == ASCII.lineFeed
      {
        return true
      }
      position &+= 1
    }
    examined = input.count
    return false
  }

  /// `input` was parsed and is incomplete.
  mutating func wasIncomplete(_ input: borrowing Span<UInt8>) { examined = input.count }

  mutating func reset() { examined = 0 }
}
