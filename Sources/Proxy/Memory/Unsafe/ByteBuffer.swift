import CPlatform
import Glibc

/// A run of bytes with a reading and a writing end, owned by one worker.
/// Its block is kept when it empties; a `BufferPool` takes it back when a connection idles.
@safe
public final class ByteBuffer {
  // SAFETY: `block` holds `capacity` bytes from init (or grow) to deinit and never leaves this
  // type but as a span bound to the buffer's life, or inside the two closures marked @unsafe.
  @usableFromInline var block: UnsafeMutableRawPointer
  /// Blocks it grew out of. They live as long as the buffer, so that a span taken before the growth
  /// reads stale bytes at worst, never freed memory.
  private var outgrown: [UnsafeMutableRawPointer] = unsafe []
  private var readEnd = 0
  @usableFromInline var writeEnd = 0
  /// Bytes it holds before it must grow.
  public private(set) var capacity: Int

  /// - Parameter capacity: bytes it holds before it must grow.
  public init(capacity: Int) {
    self.capacity = capacity
    // SAFETY: freed by deinit, or kept in `outgrown` until then.
    unsafe block = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    // SAFETY: the buffer owned these blocks alone.
    unsafe block.deallocate()
    while let old = unsafe outgrown.popLast() { unsafe old.deallocate() }
  }

  /// Bytes written and not yet consumed.
  public var count: Int { writeEnd &- readEnd }
  public var isEmpty: Bool { writeEnd == readEnd }
  /// Bytes that fit behind the writing end without growing or compacting.
  @inlinable public var writableCount: Int { capacity &- writeEnd }

  /// The bytes written and not yet consumed.
  public var readable: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: readEnd <= writeEnd <= capacity, and the bytes below writeEnd were written.
      let start = unsafe (block + readEnd).assumingMemoryBound(to: UInt8.self)
      let span = unsafe Span(_unsafeStart: UnsafePointer(start), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Drops `n` bytes from the reading end.
  public func consume(_ n: Int) {
    precondition(n >= 0 && n <= count, "consumes no more than was written")
    readEnd &+= n
    if readEnd == writeEnd {
      readEnd = 0
      writeEnd = 0
    }
  }

  /// Drops what was written behind the first `n` readable bytes.
  public func truncate(to n: Int) {
    precondition(n >= 0 && n <= count, "keeps no more than was written")
    writeEnd = readEnd &+ n
  }

  /// Drops everything.
  public func clear() {
    readEnd = 0
    writeEnd = 0
  }

  /// Makes all bytes that were read with `advance` readable again, for a request that is sent a second
  /// time. Legal only while nothing was cleared or compacted since, which making room does.
  public func rewind() { readEnd = 0 }

  /// Reads forward without letting go of the bytes: like `consume`, but `rewind` can undo it.
  public func advance(_ n: Int) {
    precondition(n >= 0 && n <= count, "advances no further than was written")
    readEnd &+= n
  }

  /// Moves the unread bytes to the block's start, so that all free room is behind them.
  public func compact() {
    guard readEnd > 0 else { return }
    // SAFETY: both ranges lie within the block; memmove allows the overlap.
    unsafe memmove(block, block + readEnd, count)
    writeEnd = count
    readEnd = 0
  }

  /// Makes room for `n` more bytes: compacts, then grows. Growth costs an allocation and a copy.
  public func reserve(_ n: Int) {
    if n <= writableCount { return }
    compact()
    if n <= writableCount { return }
    resize(to: max(capacity &* 2, count + n))
  }

  /// Grows to a block of `n` bytes at least.
  public func reserve(capacity n: Int) { if capacity < n { resize(to: n) } }

  private func resize(to newCapacity: Int) {
    // SAFETY: copies the written bytes; the old block stays until deinit, see `outgrown`.
    let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    unsafe memcpy(larger, block, writeEnd)
    unsafe outgrown.append(block)
    unsafe block = larger
    capacity = newCapacity
  }

  // MARK: writing

  @inlinable @inline(__always)
  func room(for n: Int) -> UnsafeMutableRawPointer {
    if n > writableCount { reserve(n) }
    return unsafe block + writeEnd
  }

  @inlinable @inline(__always)
  public func append(_ byte: UInt8) {
    // SAFETY: room(for:) made one byte of space.
    unsafe room(for: 1).storeBytes(of: byte, as: UInt8.self)
    writeEnd &+= 1
  }

  @inlinable
  public func append(_ bytes: Span<UInt8>) {
    let n = bytes.count
    // SAFETY: `target` has n bytes of room; the span's bytes live for the call.
    let target = unsafe room(for: n)
    unsafe bytes.withUnsafeBufferPointer {
      if let source = $0.baseAddress { unsafe memcpy(target, source, n) }
    }
    writeEnd &+= n
  }

  @inlinable static var colonAndBlank: UInt16 { UInt16(littleEndian: 0x203A) }
  @inlinable static var lineEnd: UInt16 { UInt16(littleEndian: 0x0A0D) }

  /// Appends the line `name: value` CRLF.
  /// - Returns: where the value begins, counted from the reading end.
  @inlinable @inline(__always)
  public func append(line name: Span<UInt8>, _ value: Span<UInt8>) -> Int {
    let valueOffset = count &+ name.count &+ 2
    let n = name.count &+ value.count &+ 4
    // SAFETY: `line` has room for both texts and the four bytes between and behind them; the spans' bytes
    // live for the call.
    let line = unsafe room(for: n)
    unsafe name.withUnsafeBufferPointer {
      if let source = $0.baseAddress { unsafe memcpy(line, source, $0.count) }
    }
    let middle = unsafe line + name.count
    unsafe middle.storeBytes(of: Self.colonAndBlank, as: UInt16.self)
    unsafe value.withUnsafeBufferPointer {
      if let source = $0.baseAddress { unsafe memcpy(middle + 2, source, $0.count) }
    }
    unsafe (middle + 2 + value.count).storeBytes(of: Self.lineEnd, as: UInt16.self)
    writeEnd &+= n
    return valueOffset
  }

  @inlinable @inline(__always)
  public func append(_ text: StaticString) {
    let n = text.utf8CodeUnitCount
    // SAFETY: a static string's UTF-8 lives for ever; room(for:) made n bytes of space.
    unsafe memcpy(room(for: n), text.utf8Start, n)
    writeEnd &+= n
  }

  public func append(_ bytes: [UInt8]) { append(bytes.span) }

  /// Not for literals, which are static strings.
  @_disfavoredOverload
  public func append(_ text: String) {
    var text = text
    // SAFETY: the span is used while withUTF8 holds the bytes.
    text.withUTF8 { bytes in unsafe append(Span(_unsafeElements: bytes)) }
  }

  /// Appends `value` in decimal digits.
  public func append(decimal value: UInt64) {
    // SAFETY: `target` has room for the 20 digits of the largest value.
    let target = unsafe room(for: 20)
    var digits = 1
    var bound: UInt64 = 10
    while digits < 20, value >= bound {
      digits &+= 1
      let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
      if overflow { break }
      bound = next
    }
    var rest = value
    var position = digits
    while position > 0 {
      position &-= 1
      // SAFETY: position < digits <= 20, the room made above.
      unsafe (target + position).storeBytes(
        of: UInt8(truncatingIfNeeded: rest % 10) &+ 0x30, as: UInt8.self)
      rest /= 10
    }
    writeEnd &+= digits
  }

  /// Appends the `n` lowest bytes of `word` (0 to 8), the lowest first.
  @inlinable @inline(__always)
  public func append(littleEndian word: UInt64, count n: Int = 8) {
    precondition(n >= 0 && n <= 8, "a word has eight bytes")
    // SAFETY: room(for:) made eight bytes of space, of which n count as written.
    unsafe room(for: 8).storeBytes(of: word.littleEndian, as: UInt64.self)
    writeEnd &+= n
  }

  /// Overwrites one readable byte, for a length known only when what it measures is written.
  public func replace(at offset: Int, with byte: UInt8) {
    precondition(offset >= 0 && offset < count, "replaces what was written")
    // SAFETY: the offset lies within the written part of the block.
    unsafe (block + readEnd + offset).storeBytes(of: byte, as: UInt8.self)
  }

  /// Lets the kernel, or a codec, write behind the writing end: `body` says how many bytes it wrote.
  /// The pointer is valid only inside.
  @unsafe
  public func writeUnsafely(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    // SAFETY: the region is the free tail of the block.
    let n = unsafe body(.init(start: block + writeEnd, count: writableCount))
    if n > 0 {
      precondition(n <= writableCount, "no more was written than there was room for")
      writeEnd &+= n
    }
    return n
  }

  /// Shows the readable bytes as a pointer for a system call; valid only inside.
  @unsafe
  public func readUnsafely<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    // SAFETY: the region is the written part of the block.
    unsafe body(.init(start: block + readEnd, count: count))
  }
}
