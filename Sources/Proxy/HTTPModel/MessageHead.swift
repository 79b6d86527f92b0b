import Memory

/// What stands before a message's body: a start line and header fields, with the bytes they refer to.
/// It is filled by a codec, changed by routing and filters, and sent on by a codec of either
/// protocol. Reused from exchange to exchange; owning worker only.
public class MessageHead {
  public final let bytes: ByteBuffer
  public final private(set) var fields: [HeaderField] = []
  /// First field of each known name, plus one; 0: absent.
  private final var firstField = InlineArray<32, UInt8>(repeating: 0)
  public final var version = HTTPVersion.http11
  public final var framing = BodyFraming.none

  fileprivate init(byteCapacity: Int) {
    bytes = ByteBuffer(capacity: byteCapacity)
    fields.reserveCapacity(32)
  }

  /// Forgets everything; keeps the memory.
  fileprivate final func clearFields() {
    bytes.clear()
    fields.removeAll(keepingCapacity: true)
    firstField = InlineArray(repeating: 0)
    framing = .none
  }

  /// Copies a head's bytes in; ranges of the start line and the fields count from their start.
  /// Call on a cleared head.
  public final func adopt(_ head: Span<UInt8>) { bytes.append(head) }

  // MARK: fields

  /// Records a field whose bytes are already in `bytes`.
  public final func append(_ field: HeaderField) {
    fields.append(field)
    if field.known != .other { note(field.known, at: fields.count) }
  }

  private final func note(_ known: KnownHeader, at position: Int) {
    let slot = Int(known.rawValue)
    if firstField[slot] == 0, position < 256 { firstField[slot] = UInt8(position) }
  }

  /// The first field of that name, whatever its flags; nil when there is none.
  public final func firstIndex(of known: KnownHeader) -> Int? {
    let position = firstField[Int(known.rawValue)]
    return position == 0 ? nil : Int(position) - 1
  }

  /// Marks one field.
  public final func mark(_ index: Int, _ flags: HeaderField.Flags) {
    fields[index].flags.formUnion(flags)
  }

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

  /// - Parameter byteCapacity: bytes held before the head must grow.
  public init() { super.init(byteCapacity: 4 * 1024) }

  public func clear() {
    clearFields()
    methodText = .empty
    target = .empty
    path = .empty
    query = .empty
    authority = .empty
    keepsAlive = true
    expectsContinue = false
  }
}

/// A response's head (RFC 9112 section 4, RFC 9113 section 8.3.2).
public final class ResponseHead: MessageHead {
  /// 100 to 599.
  public var status = 200
  /// The server will keep its connection after this response.
  public var keepsAlive = true

  public init() { super.init(byteCapacity: 4 * 1024) }

  public func clear() {
    clearFields()
    status = 200
    keepsAlive = true
  }

  /// 1xx other than 101: another head follows.
  public var isInterim: Bool { status < 200 && status != 101 }
}
