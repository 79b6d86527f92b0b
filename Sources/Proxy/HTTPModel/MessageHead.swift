import Memory

/// What stands before a message's body: a start line and header fields, with the bytes they refer to.
/// It is filled by a codec, changed by routing and filters, and sent on by a codec of either
/// protocol. Reused from exchange to exchange; owning worker only.
public class MessageHead {
  public final let bytes: ByteBuffer
  /// The fields; a codec takes it out while it decodes.
  public final var table = HeaderTable()
  public final var version = HTTPVersion.http11
  public final var framing = BodyFraming.none

  fileprivate init(byteCapacity: Int, fieldCapacity: Int) {
    bytes = ByteBuffer(capacity: byteCapacity)
    table.reserve(fieldCapacity)
  }

  /// Forgets everything; keeps the memory.
  fileprivate final func clearFields() {
    bytes.clear()
    table.clear()
    framing = .none
  }

  /// Copies a head's bytes in; ranges of the start line and the fields count from their start.
  /// Call on a cleared head.
  public final func adopt(_ head: Span<UInt8>) { bytes.append(head) }

  // MARK: fields

  public final var fields: [HeaderField] { table.fields }

  /// Records a field whose bytes are already in `bytes`.
  public final func append(_ field: HeaderField) { table.append(field) }

  /// The first field of that name, whatever its flags; nil when there is none.
  public final func firstIndex(of known: KnownHeader) -> Int? { table.firstIndex(of: known) }

  /// Marks one field.
  public final func mark(_ index: Int, _ flags: HeaderField.Flags) { table.mark(index, flags) }

  /// Appends a field with its bytes: `name` in lower case.
  public final func add(_ known: KnownHeader, name: Span<UInt8>, value: Span<UInt8>) {
    let nameOffset = bytes.count
    bytes.append(name)
    let valueOffset = bytes.count
    bytes.append(value)
    append(
      HeaderField(
        nameOffset: nameOffset, nameCount: name.count, valueOffset: valueOffset,
        valueCount: value.count, known: known))
  }
}

/// The fields behind a chunked body (RFC 9112 section 7.1.2).
public final class Trailers: MessageHead {
  /// Holds nothing until the first trailer.
  public init() { super.init(byteCapacity: 0, fieldCapacity: 0) }

  public func clear() { clearFields() }

  /// No field is sent on.
  public var isEmpty: Bool { !table.fields.contains { $0.isForwarded } }
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
  /// The client waits for 100 (RFC 9110 section 10.1.1).
  public var expectsContinue = false
  /// The client takes trailers: it sent `te: trailers` (RFC 9110 section 10.1.4).
  public var acceptsTrailers = false

  public init() { super.init(byteCapacity: 4 * 1024, fieldCapacity: 32) }

  public func clear() {
    clearFields()
    version = .http11
    method = .get
    methodText = .empty
    target = .empty
    path = .empty
    query = .empty
    authority = .empty
    keepsAlive = true
    expectsContinue = false
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
    version = .http11
    status = 200
    keepsAlive = true
  }

  /// 1xx other than 101: another head follows.
  public var isInterim: Bool { status < 200 && status != 101 }
}
