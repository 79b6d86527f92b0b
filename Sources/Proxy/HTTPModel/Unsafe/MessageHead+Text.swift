import Memory

extension MessageHead {
  /// The bytes of `range`; a trap when the range lies outside the head.
  @_lifetime(borrow self)
  public final func text(_ range: ByteRange) -> Span<UInt8> {
    // SAFETY: `bytes` is a constant of the head, and a ByteBuffer frees no block before its deinit:
    // while the head is borrowed the block stays. `extracting` checks the range.
    let region: UnsafeRawBufferPointer = unsafe bytes.readUnsafely { unsafe $0 }
    let whole: Span<UInt8> = unsafe Span(_unsafeBytes: region)
    return unsafe _overrideLifetime(whole.extracting(range.indices), borrowing: self)
  }

  @_lifetime(borrow self)
  public final func name(at index: Int) -> Span<UInt8> { text(fields[index].name) }

  @_lifetime(borrow self)
  public final func value(at index: Int) -> Span<UInt8> { text(fields[index].value) }
}
