import HTTPModel

// SAFETY: the block is filled in init, never written afterwards, and freed in deinit.
/// Bytes that never change, at one place for as long as they are owned. Any thread.
@safe
final class ConstantText: @unchecked Sendable {
  // SAFETY: filled in init, never written afterwards, freed in deinit.
  fileprivate let block: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) {
    unsafe block = .allocate(capacity: bytes.count)
    _ = unsafe block.initialize(fromContentsOf: bytes)
  }

  deinit { unsafe block.deallocate() }
}

extension RouteProgram {
  /// The bytes of `range`; a trap when the range lies outside the text.
  @_lifetime(borrow self)
  func text(_ range: ByteRange) -> Span<UInt8> {
    // SAFETY: `constants` is a constant of the program, so the block lives as long as the program.
    let whole = unsafe Span(_unsafeElements: UnsafeBufferPointer(constants.block))
    return unsafe _overrideLifetime(whole.extracting(range.indices), borrowing: self)
  }
}

extension Route {
  /// The program's bytes at `range`.
  @_lifetime(borrow self)
  func text(_ range: ByteRange) -> Span<UInt8> {
    // SAFETY: `program` is a constant of the route, so the block lives as long as the route.
    let whole = unsafe Span(_unsafeElements: UnsafeBufferPointer(program.constants.block))
    return unsafe _overrideLifetime(whole.extracting(range.indices), borrowing: self)
  }
}
