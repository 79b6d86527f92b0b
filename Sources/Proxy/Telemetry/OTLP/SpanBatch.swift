import HTTPModel
import Memory
import Platform

/// A batch's bytes, ready to be posted to an OTLP/HTTP collector as `application/x-protobuf`.
public struct SpanExport: Sendable {
  /// An `opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest`.
  public var body: [UInt8]
  public var spanCount: Int
}

/// The spans of one worker and one tracing configuration, encoded as they end. When it is full, more
/// spans are dropped and counted. Owning worker only.
public final class SpanBatch {
  /// The most spans held.
  public let maxSpans: Int
  /// The most bytes held; the last span may go beyond.
  public let maxBytes: Int
  /// Spans held.
  public var spanCount: Int { held }

  // Private, so that no access is checked at run time.
  private var held = 0

  let stats: TelemetryStats
  let bytes: ByteBuffer
  /// Where a value is put together before its length is known.
  let scratch = ByteBuffer(capacity: 4096)
  /// Attributes of every server span, encoded.
  let tags: [UInt8]
  /// Bytes before the first span.
  private let prefixCount: Int
  private let resourceMark: Int
  private let scopeMark: Int
  /// The longest value of an attribute, in bytes; the rest is cut off.
  static let maxValueBytes = 2048

  public init(
    resource: SpanResource, stats: TelemetryStats, maxSpans: Int = 512, maxBytes: Int = 256 * 1024
  ) {
    self.stats = stats
    self.maxSpans = maxSpans
    self.maxBytes = maxBytes
    tags = resource.encodedTags()
    bytes = ByteBuffer(capacity: maxBytes + 32 * 1024)
    resourceMark = bytes.beginMessage(field: 1)
    resource.encode(into: bytes)
    scopeMark = bytes.beginMessage(field: 2)
    resource.encodeScope(into: bytes)
    prefixCount = bytes.count
  }

  /// The batch is at least half full: time to take it.
  public var isDue: Bool {
    held >= maxSpans / 2 || bytes.count &- prefixCount >= maxBytes / 2
  }

  /// Empties the batch; nil when it holds no span.
  public func take() -> SpanExport? {
    guard held > 0 else { return nil }
    bytes.endMessage(scopeMark)
    bytes.endMessage(resourceMark)
    let bytes = bytes
    let export = SpanExport(body: [UInt8](copying: bytes.readable), spanCount: held)
    bytes.truncate(to: prefixCount)
    held = 0
    return export
  }

  /// Begins a span; nil, and one more dropped, when the batch is full.
  func beginSpan() -> Int? {
    guard held < maxSpans, bytes.count < maxBytes else {
      stats.spansDropped.add()
      return nil
    }
    held &+= 1
    stats.spansRecorded.add()
    return bytes.beginMessage(field: 2)
  }

  /// Ids, kind and times: what stands first in every span.
  func append(_ identity: SpanIdentity) {
    bytes.append(0x0A as UInt8)
    bytes.append(16 as UInt8)
    bytes.append(bigEndian: identity.trace.traceHigh)
    bytes.append(bigEndian: identity.trace.traceLow)
    bytes.append(0x12 as UInt8)
    bytes.append(8 as UInt8)
    bytes.append(bigEndian: identity.spanID)
    if identity.parentSpanID != 0 {
      bytes.append(0x22 as UInt8)
      bytes.append(8 as UInt8)
      bytes.append(bigEndian: identity.parentSpanID)
    }
    bytes.append(field: 6, varint: identity.kind.rawValue)
    bytes.append(field: 7, fixed64: identity.startUnixNanoseconds)
    bytes.append(field: 8, fixed64: identity.endUnixNanoseconds)
    let remote: UInt32 = identity.parentIsRemote ? 0x200 : 0
    bytes.append(field: 16, fixed32: 0x100 | remote | UInt32(identity.trace.flags.rawValue))
  }

  /// The span's status is an error.
  func appendErrorStatus(_ cause: StaticString) {
    let count = cause.utf8CodeUnitCount
    bytes.append(0x7A as UInt8)
    bytes.append(varint: UInt64(count == 0 ? 2 : count &+ varintCount(count) &+ 3))
    if count > 0 { bytes.append(field: 2, text: cause) }
    bytes.append(field: 3, varint: 2)
  }

  /// A string attribute from the wire: cut to `maxValueBytes`, made well-formed UTF-8.
  func append(_ key: StaticString, wire value: Span<UInt8>) {
    let cut = value.extracting(first: Self.maxValueBytes)
    if UTF8Text.isASCII(cut) {
      bytes.append(attribute: key, cut)
    } else {
      scratch.clear()
      scratch.append(repaired: cut)
      appendScratch(key)
    }
  }

  /// A string attribute from what was put together in `scratch`.
  func appendScratch(_ key: StaticString) {
    let scratch = scratch
    bytes.append(attribute: key, scratch.readable)
  }

  /// An address without its port as a string attribute.
  func append(_ key: StaticString, host address: SocketAddress) {
    scratch.clear()
    scratch.append(host: address)
    appendScratch(key)
  }
}

/// What tells one span from all others.
struct SpanIdentity {
  enum Kind: UInt64 { case server = 2, client = 3 }

  var trace: TraceContext
  var spanID: UInt64
  var parentSpanID: UInt64
  var parentIsRemote: Bool
  var kind: Kind
  var startUnixNanoseconds: UInt64
  var endUnixNanoseconds: UInt64
}
