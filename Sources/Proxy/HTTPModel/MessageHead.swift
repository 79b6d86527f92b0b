import Memory

/// What stands before a message's body: a start line and header fields, with the bytes they refer to.
/// It is filled by a codec, changed by routing and filters, and sent on by a codec of either
/// protocol. Reused from exchange to exchange; owning worker only.
public class MessageHead {
  public final let bytes: ByteBuffer
  @usableFromInline final var table = HeaderTable()
  public final var version = HTTPVersion.http11
  public final var framing = BodyFraming.none
  /// The protocol that the connection is to switch to, or switches to; empty: none (RFC 9110 section
  /// 7.8).
  public final var upgrade = ByteRange.empty

  private final let firstCapacity: Int

  fileprivate init(byteCapacity: Int, fieldCapacity: Int) {
    firstCapacity = byteCapacity
    bytes = ByteBuffer(capacity: byteCapacity)
    table.reserve(fieldCapacity)
  }

  /// It holds more memory than at first.
  public final var hasGrown: Bool { bytes.capacity > firstCapacity }

  /// Forgets everything; keeps the memory.
  fileprivate final func clearFields() {
    bytes.clear()
    table.clear()
    framing = .none
    version = .http11
    upgrade = .empty
  }

  /// Copies a head's bytes in; ranges of the start line and the fields count from their start.
  /// Call before anything else is written to `bytes`.
  public final func adopt(_ head: Span<UInt8>) { bytes.append(head) }

  /// Forgets fields that were recorded but whose bytes were not adopted, since they turned out to be
  /// incomplete or malformed.
  public final func dropFieldsWithoutBytes() { if bytes.isEmpty { table.clear() } }

  // MARK: fields

  @inlinable public final var fieldCount: Int { table.count }

  /// One of the fields, in the order received.
  @inlinable
  public final func field(at index: Int) -> HeaderField { table.field(at: index) }

  /// Records a field whose bytes are, or will be, in `bytes`.
  @inlinable @inline(__always)
  public final func append(_ field: HeaderField) { table.append(field) }

  /// The first field of that name, whatever its flags; nil when there is none.
  @inlinable
  public final func firstIndex(of known: KnownHeader) -> Int? { table.firstIndex(of: known) }

  /// Stands more than once, whatever the flags.
  public final func isRepeated(_ known: KnownHeader) -> Bool { table.isRepeated(known) }

  /// Marks one field.
  public final func mark(_ index: Int, _ flags: HeaderField.Flags) { table.mark(index, flags) }

  /// Takes a mark away.
  public final func unmark(_ index: Int, _ flags: HeaderField.Flags) { table.unmark(index, flags) }

  /// Lets a field's value stand elsewhere in `bytes`.
  public final func setValue(_ index: Int, _ value: ByteRange) { table.setValue(index, value) }
}

/// The fields behind a chunked body (RFC 9112 section 7.1.2).
public final class Trailers: MessageHead {
  /// Holds nothing until the first trailer.
  public init() { super.init(byteCapacity: 0, fieldCapacity: 0) }

  public func clear() { clearFields() }

  /// No field is sent on.
  public var isEmpty: Bool { !(0..<fieldCount).contains { field(at: $0).isForwarded } }
}

/// A request's head (RFC 9112 section 3, RFC 9113 section 8.3.1).
public final class RequestHead: MessageHead {
  public var method = HTTPMethod.get
  public var methodText = ByteRange.empty
  /// Path and query as received: origin form, or `*`.
  public var target = ByteRange.empty
  /// `target` up to the question mark.
  public var path = ByteRange.empty
  /// Behind the question mark; empty when there is none.
  public var query = ByteRange.empty
  /// Host and port asked for: the `host` field, `:authority`, or an absolute-form target's.
  public var authority = ByteRange.empty
  /// The client asked to keep its connection (RFC 9112 section 9.3).
  public var keepsAlive = true
  /// The client takes trailers: it sent `te: trailers` (RFC 9110 section 10.1.4).
  public var acceptsTrailers = false

  public init() { super.init(byteCapacity: 4 * 1024, fieldCapacity: 32) }

  public func clear() {
    clearFields()
    method = .get
    methodText = .empty
    target = .empty
    path = .empty
    query = .empty
    authority = .empty
    keepsAlive = true
    acceptsTrailers = false
  }
}

/// A response's head (RFC 9112 section 4, RFC 9113 section 8.3.2).
public final class ResponseHead: MessageHead {
  /// 100 to 599.
  public var status = 200
  /// The server will keep its connection after this response.
  public var keepsAlive = true

  public init() { super.init(byteCapacity: 4 * 1024, fieldCapacity: 32) }

  public func clear() {
    clearFields()
    status = 200
    keepsAlive = true
  }

  /// 1xx other than 101: another head follows.
  public var isInterim: Bool { status < 200 && status != 101 }
}
