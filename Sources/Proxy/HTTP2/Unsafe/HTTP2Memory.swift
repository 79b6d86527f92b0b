import CNGHTTP2
import Glibc
import HTTPModel

/// One worker's memory for nghttp2, which takes a few small blocks for each stream and gives them back soon.
/// Those are kept for the next stream, up to a bound and as long as they are needed, and trailers on their way
/// likewise. Owning worker only.
@safe
public final class HTTP2Memory {
  /// In front of each block stands how many bytes it has behind that.
  private static let headerBytes = 16
  private static let stepBytes = 64
  private static let steps = 16
  private static let maxKeptBytes = 256 * 1024
  private static let maxSpareTrailers = 256
  private static let maxSpareTrailerBytes = 512

  // SAFETY: blocks that nobody uses, a list for each size; each was allocated here and holds the pointer to
  // the next one.
  private var kept = unsafe InlineArray<17, UnsafeMutableRawPointer?>(repeating: nil)
  private(set) var keptBytes = 0
  /// The least that was kept since the last `freeUnused`.
  private var leastKeptBytes = 0
  /// Nobody uses these now.
  private var spareTrailers: [Trailers] = []

  public init() {}

  deinit { free(untilKept: 0) }

  /// Frees as much as nobody needed since the last call, as each block may keep a page of memory from the
  /// kernel.
  /// - Returns: how many bytes.
  public func freeUnused() -> Int {
    let before = keptBytes
    free(untilKept: keptBytes - leastKeptBytes)
    leastKeptBytes = keptBytes
    spareTrailers.removeLast(spareTrailers.count / 2)
    return before - keptBytes
  }

  private func free(untilKept bound: Int) {
    for step in 1...Self.steps {
      // SAFETY: takes each block off its list before it is freed.
      while keptBytes > bound, let block = unsafe take(step) {
        unsafe Glibc.free(block - Self.headerBytes)
      }
    }
  }

  // MARK: trailers

  /// The same trailers in memory that outlives theirs.
  func copy(_ trailers: Trailers) -> Trailers {
    let copy = spareTrailers.popLast() ?? Trailers()
    copy.copy(trailers)
    return copy
  }

  /// Takes trailers back that were sent.
  func recycle(_ trailers: Trailers) {
    guard spareTrailers.count < Self.maxSpareTrailers,
      trailers.bytes.capacity <= Self.maxSpareTrailerBytes
    else { return }
    spareTrailers.append(trailers)
  }

  // MARK: blocks

  /// What nghttp2 calls, for sessions that keep this object alive.
  var hooks: nghttp2_mem {
    // SAFETY: the functions live for ever, and this object as long as the sessions.
    unsafe nghttp2_mem(
      mem_user_data: Unmanaged.passUnretained(self).toOpaque(), malloc: onAllocate, free: onFree,
      calloc: onAllocateZeroed, realloc: onReallocate)
  }

  /// A block of `size` bytes at least, on a boundary of 16; nil: there is no memory.
  func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    let step = Self.step(of: size)
    // SAFETY: what is taken is nobody's, and of this step.
    if step <= Self.steps, let block = unsafe take(step) { return unsafe block }
    let capacity = step <= Self.steps ? step * Self.stepBytes - Self.headerBytes : size
    // SAFETY: the header lies within what was allocated.
    guard let start = unsafe malloc(capacity + Self.headerBytes) else { return nil }
    unsafe start.storeBytes(of: capacity, as: Int.self)
    return unsafe start + Self.headerBytes
  }

  /// Takes a block back that `allocate` gave.
  func free(_ block: UnsafeMutableRawPointer) {
    // SAFETY: blocks come from `allocate`.
    let capacity = unsafe capacity(of: block)
    let step = Self.step(of: capacity)
    guard step <= Self.steps, keptBytes < Self.maxKeptBytes else {
      // SAFETY: the block begins behind its header.
      return unsafe Glibc.free(block - Self.headerBytes)
    }
    // SAFETY: a block of any step holds a pointer, and nobody else uses it from now on.
    unsafe block.storeBytes(of: kept[step], as: UnsafeMutableRawPointer?.self)
    unsafe kept[step] = block
    keptBytes += capacity
  }

  /// The same bytes in a block of another size.
  func reallocate(_ block: UnsafeMutableRawPointer, _ size: Int) -> UnsafeMutableRawPointer? {
    // SAFETY: both blocks hold as many bytes, and they are two; the caller forgets the first.
    let capacity = unsafe capacity(of: block)
    if size <= capacity { return unsafe block }
    guard let larger = unsafe allocate(size) else { return nil }
    unsafe larger.copyMemory(from: block, byteCount: capacity)
    unsafe free(block)
    return unsafe larger
  }

  private func take(_ step: Int) -> UnsafeMutableRawPointer? {
    // SAFETY: `free` wrote the pointer.
    guard let block = unsafe kept[step] else { return nil }
    unsafe kept[step] = block.load(as: UnsafeMutableRawPointer?.self)
    keptBytes -= unsafe capacity(of: block)
    leastKeptBytes = min(leastKeptBytes, keptBytes)
    return unsafe block
  }

  private func capacity(of block: UnsafeMutableRawPointer) -> Int {
    // SAFETY: `allocate` wrote it in front of the block.
    unsafe (block - Self.headerBytes).load(as: Int.self)
  }

  /// More than `steps`: it is not kept.
  private static func step(of size: Int) -> Int {
    let blocks = UInt(bitPattern: size &+ headerBytes &+ stepBytes &- 1) / UInt(stepBytes)
    return blocks > UInt(steps) ? .max : Int(blocks)
  }
}

private func memory(_ userData: UnsafeMutableRawPointer?) -> Unmanaged<HTTP2Memory> {
  // SAFETY: the session whose call is under way keeps it alive.
  unsafe Unmanaged.fromOpaque(userData!)
}

private func onAllocate(_ size: Int, _ userData: UnsafeMutableRawPointer?)
  -> UnsafeMutableRawPointer?
{
  // SAFETY: as `memory` says.
  unsafe memory(userData)._withUnsafeGuaranteedRef { unsafe $0.allocate(size) }
}

private func onAllocateZeroed(_ count: Int, _ size: Int, _ userData: UnsafeMutableRawPointer?)
  -> UnsafeMutableRawPointer?
{
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  if overflow { return nil }
  // SAFETY: the block has so many bytes.
  guard let block = unsafe onAllocate(bytes, userData) else { return nil }
  return unsafe memset(block, 0, bytes)
}

private func onReallocate(
  _ block: UnsafeMutableRawPointer?, _ size: Int, _ userData: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  // SAFETY: nghttp2 hands in a block that it has from here.
  guard let block = unsafe block else { return unsafe onAllocate(size, userData) }
  return unsafe memory(userData)._withUnsafeGuaranteedRef { unsafe $0.reallocate(block, size) }
}

private func onFree(_ block: UnsafeMutableRawPointer?, _ userData: UnsafeMutableRawPointer?) {
  // SAFETY: as above.
  guard let block = unsafe block else { return }
  unsafe memory(userData)._withUnsafeGuaranteedRef { unsafe $0.free(block) }
}
