import Memory

extension ByteBuffer {
  /// Appends the flags' letters with commas between; `-` when there is none.
  public func append(_ flags: ResponseFlags) {
    var rest = flags.rawValue
    if rest == 0 { append(UInt8(ascii: "-")) }
    while rest != 0 {
      let bit = rest.trailingZeroBitCount
      if bit < ResponseFlags.letters.count { append(ResponseFlags.letters[bit]) }
      rest &= rest &- 1
      if rest != 0 { append(UInt8(ascii: ",")) }
    }
  }
}
