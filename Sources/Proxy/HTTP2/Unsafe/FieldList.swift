import CNGHTTP2
import HTTPModel
import Memory

/// The fields of one header block, as nghttp2 takes them: pointers into a head's bytes, which must not
/// change until it has copied them. It makes names lower-case meanwhile. Reused from block to block.
@safe
struct FieldList: ~Copyable {
  // SAFETY: room for `capacity` entries, of which the first `count` are written; freed in deinit.
  private(set) var entries = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: 16)
  private var capacity = 16
  private(set) var count = 0

  // SAFETY: entries are plain values.
  deinit { unsafe entries.deallocate() }

  mutating func clear() { count = 0 }

  mutating func append(_ name: StaticString, _ value: StaticString) {
    // SAFETY: static text lives for ever.
    unsafe append(
      name.utf8Start, name.utf8CodeUnitCount, value.utf8Start, value.utf8CodeUnitCount,
      NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
  }

  /// - Parameters:
  ///   - bytes: the head's.
  ///   - isNew: there is no use in remembering the value for later blocks.
  mutating func append(
    _ name: StaticString, _ bytes: UnsafeRawBufferPointer, _ value: ByteRange, isNew: Bool = false
  ) {
    let flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue
    // SAFETY: static text lives for ever.
    unsafe append(
      name.utf8Start, name.utf8CodeUnitCount, bytes.start(of: value), Int(value.count),
      isNew ? flags | NGHTTP2_NV_FLAG_NO_INDEX.rawValue : flags)
  }

  /// Those fields of the head that are sent on.
  mutating func append(
    _ head: MessageHead, _ bytes: UnsafeRawBufferPointer, skipping skipped: KnownHeader? = nil
  ) {
    var isLengthSent = false
    if case .length = head.framing { isLengthSent = true }
    for index in 0..<head.fieldCount {
      let field = head.field(at: index)
      guard field.isForwarded || (field.known == .contentLength && isLengthSent),
        field.known != skipped
      else { continue }
      if field.known != .other {
        // SAFETY: the bytes are the head's.
        unsafe append(field.known.name, bytes, field.value, isNew: field.known.isEverNew)
      } else {
        // SAFETY: the bytes are the head's.
        unsafe append(
          bytes.start(of: field.name), Int(field.nameCount), bytes.start(of: field.value),
          Int(field.valueCount), 0)
      }
    }
  }

  @inline(__always)
  private mutating func append(
    _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>,
    _ valueCount: Int, _ flags: UInt32
  ) {
    if count == capacity { grow() }
    // SAFETY: there is room for one more; nghttp2 only reads through the pointers, though its type says
    // otherwise.
    unsafe (entries + count).initialize(
      to: nghttp2_nv(
        name: UnsafeMutablePointer(mutating: name), value: UnsafeMutablePointer(mutating: value),
        namelen: nameCount, valuelen: valueCount, flags: UInt8(truncatingIfNeeded: flags)))
    count &+= 1
  }

  private mutating func grow() {
    // SAFETY: the entries move to a larger block, and the one before is freed once.
    let larger = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: capacity * 2)
    unsafe larger.moveInitialize(from: entries, count: count)
    unsafe entries.deallocate()
    unsafe entries = larger
    capacity *= 2
  }
}

extension UnsafeRawBufferPointer {
  /// Where a part of the bytes begins. Traps where the part is not within them.
  @inline(__always)
  fileprivate func start(of part: ByteRange) -> UnsafePointer<UInt8> {
    precondition(part.indices.upperBound <= count, "a field lies within its head")
    // SAFETY: the part lies within the bytes, which are there as a head is never empty.
    return unsafe (baseAddress! + part.indices.lowerBound).assumingMemoryBound(to: UInt8.self)
  }
}

extension KnownHeader {
  /// Has another value in each message.
  fileprivate var isEverNew: Bool { self == .xRequestID || self == .traceparent }
}
