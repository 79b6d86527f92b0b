import Memory

extension MessageHead {
  /// All of the head's bytes.
  public final var wholeText: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: `bytes` is a constant of the head, and a ByteBuffer frees no block before its deinit:
      // while the head is borrowed the block stays.
      let region: UnsafeRawBufferPointer = unsafe bytes.readUnsafely { unsafe $0 }
      let whole: Span<UInt8> = unsafe Span(_unsafeBytes: region)
      return unsafe _overrideLifetime(whole, borrowing: self)
    }
  }

  /// The bytes of `range`; a trap when the range lies outside the head.
  @_lifetime(borrow self)
  public final func text(_ range: ByteRange) -> Span<UInt8> { wholeText.extracting(range.indices) }

  @_lifetime(borrow self)
  public final func name(at index: Int) -> Span<UInt8> { text(field(at: index).name) }

  @_lifetime(borrow self)
  public final func value(at index: Int) -> Span<UInt8> { text(field(at: index).value) }
}
