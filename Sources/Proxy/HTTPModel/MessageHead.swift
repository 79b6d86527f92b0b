import Memory

/// What stands before a message's body: a start line and header fields, with the bytes they refer to.
/// It is filled by a codec, changed by routing and filters, and sent on by a codec of either
/// protocol. Reused from exchange to exchange; owning worker only.
public class MessageHead {
  public final let bytes: ByteBuffer
  // Stored state is private throughout: the optimizer then proves that no two accesses overlap, and
  // checks none at run time.
  private final var storedTable = HeaderTable()
  private final var storedVersion = HTTPVersion.http11
  private final var storedFraming = BodyFraming.none

  public final var version: HTTPVersion {
    get { storedVersion }
    set { storedVersion = newValue }
  }
  public final var framing: BodyFraming {
    get { storedFraming }
    set { storedFraming = newValue }
  }

  private final let firstCapacity: Int

  fileprivate init(byteCapacity: Int, fieldCapacity: Int) {
    firstCapacity = byteCapacity
    bytes = ByteBuffer(capacity: byteCapacity)
    change { $0.reserve(fieldCapacity) }
  }

  /// It holds more memory than at first.
  public final var hasGrown: Bool { bytes.capacity > firstCapacity }

  /// Forgets everything; keeps the memory.
  fileprivate final func clearFields() {
    bytes.clear()
    change { $0.clear() }
    storedFraming = .none
    storedVersion = .http11
  }

  /// Copies a head's bytes in; ranges of the start line and the fields count from their start.
  /// Call on a cleared head.
  public final func adopt(_ head: Span<UInt8>) { bytes.append(head) }

  // MARK: fields

  /// Swaps the table for the caller's: a codec takes it so, fills it and puts it back. The head has
  /// none meanwhile.
  public final func swapTable(_ table: inout HeaderTable) { swap(&table, &storedTable) }

  /// Changes the table outside the head, like a codec: no access to it then spans a call, and none needs
  /// a check.
  @inline(__always)
  private final func change(_ body: (inout HeaderTable) -> Void) {
    var table = HeaderTable()
    swap(&table, &storedTable)
    body(&table)
    swap(&table, &storedTable)
  }

  public final var fields: [HeaderField] { storedTable.fields }

  /// Records a field whose bytes are already in `bytes`.
  public final func append(_ field: HeaderField) { change { $0.append(field) } }

  /// The first field of that name, whatever its flags; nil when there is none.
  public final func firstIndex(of known: KnownHeader) -> Int? { storedTable.firstIndex(of: known) }

  /// Marks one field.
  public final func mark(_ index: Int, _ flags: HeaderField.Flags) {
    change { $0.mark(index, flags) }
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

/// The fields behind a chunked body (RFC 9112 section 7.1.2).
public final class Trailers: MessageHead {
  /// Holds nothing until the first trailer.
  public init() { super.init(byteCapacity: 0, fieldCapacity: 0) }

  public func clear() { clearFields() }

  /// No field is sent on.
  public var isEmpty: Bool { !fields.contains { $0.isForwarded } }
}

/// A request's head (RFC 9112 section 3, RFC 9113 section 8.3.1).
public final class RequestHead: MessageHead {
  private var storedMethod = HTTPMethod.get
  private var storedMethodText = ByteRange.empty
  private var storedTarget = ByteRange.empty
  private var storedPath = ByteRange.empty
  private var storedQuery = ByteRange.empty
  private var storedAuthority = ByteRange.empty
  private var storedKeepsAlive = true
  private var storedExpectsContinue = false
  private var storedAcceptsTrailers = false

  public var method: HTTPMethod {
    get { storedMethod }
    set { storedMethod = newValue }
  }
  public var methodText: ByteRange {
    get { storedMethodText }
    set { storedMethodText = newValue }
  }
  /// Path and query as received: origin form, or `*`.
  public var target: ByteRange {
    get { storedTarget }
    set { storedTarget = newValue }
  }
  /// `target` up to the question mark.
  public var path: ByteRange {
    get { storedPath }
    set { storedPath = newValue }
  }
  /// Behind the question mark; empty when there is none.
  public var query: ByteRange {
    get { storedQuery }
    set { storedQuery = newValue }
  }
  /// Host and port asked for: the `host` field, `:authority`, or an absolute-form target's.
  public var authority: ByteRange {
    get { storedAuthority }
    set { storedAuthority = newValue }
  }
  /// The client asked to keep its connection (RFC 9112 section 9.3).
  public var keepsAlive: Bool {
    get { storedKeepsAlive }
    set { storedKeepsAlive = newValue }
  }
  /// The client waits for 100 (RFC 9110 section 10.1.1).
  public var expectsContinue: Bool {
    get { storedExpectsContinue }
    set { storedExpectsContinue = newValue }
  }
  /// The client takes trailers: it sent `te: trailers` (RFC 9110 section 10.1.4).
  public var acceptsTrailers: Bool {
    get { storedAcceptsTrailers }
    set { storedAcceptsTrailers = newValue }
  }

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
    expectsContinue = false
    acceptsTrailers = false
  }
}

/// A response's head (RFC 9112 section 4, RFC 9113 section 8.3.2).
public final class ResponseHead: MessageHead {
  private var storedStatus = 200
  private var storedKeepsAlive = true

  /// 100 to 599.
  public var status: Int {
    get { storedStatus }
    set { storedStatus = newValue }
  }
  /// The server will keep its connection after this response.
  public var keepsAlive: Bool {
    get { storedKeepsAlive }
    set { storedKeepsAlive = newValue }
  }

  public init() { super.init(byteCapacity: 4 * 1024, fieldCapacity: 32) }

  public func clear() {
    clearFields()
    status = 200
    keepsAlive = true
  }

  /// 1xx other than 101: another head follows.
  public var isInterim: Bool { status < 200 && status != 101 }
}
