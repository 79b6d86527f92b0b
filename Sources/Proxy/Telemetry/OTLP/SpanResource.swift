import Config
import Memory

/// Whose spans these are: the resource and the scope of a batch, and literal tags of its spans.
public struct SpanResource: Sendable {
  public var serviceName: String
  /// `service.instance.id`: the node's id.
  public var instanceID: String
  /// `service.version` of the scope and the SDK.
  public var version: String
  public var zone: String
  public var region: String
  public var tags: [LiteralTag]

  public init(tracing: TracingConfig, node: NodeConfig, version: String) {
    serviceName = tracing.serviceName
    instanceID = node.id
    self.version = version
    zone = node.locality.zone
    region = node.locality.region
    tags = tracing.literalTags
  }

  /// The fields of `ResourceSpans` but its scope: the resource and the schema's address.
  func encode(into bytes: ByteBuffer) {
    let mark = bytes.beginMessage(field: 1)
    Self.append("service.name", serviceName, field: 1, to: bytes)
    Self.append("service.instance.id", instanceID, field: 1, to: bytes)
    Self.append("cloud.availability_zone", zone, field: 1, to: bytes)
    Self.append("cloud.region", region, field: 1, to: bytes)
    Self.append("telemetry.sdk.name", "martlet", field: 1, to: bytes)
    Self.append("telemetry.sdk.language", "swift", field: 1, to: bytes)
    Self.append("telemetry.sdk.version", version, field: 1, to: bytes)
    bytes.endMessage(mark)
    bytes.append(field: 3, text: "https://opentelemetry.io/schemas/1.27.0")
  }

  /// The field `scope` of `ScopeSpans`.
  func encodeScope(into bytes: ByteBuffer) {
    let mark = bytes.beginMessage(field: 1)
    bytes.append(field: 1, text: "martlet")
    bytes.append(field: 2, bytes: Array(version.utf8).span)
    bytes.endMessage(mark)
  }

  func encodedTags() -> [UInt8] {
    let bytes = ByteBuffer(capacity: 256)
    for tag in tags { Self.append(tag.key, tag.value, field: 9, to: bytes) }
    return [UInt8](copying: bytes.readable)
  }

  /// A string attribute whose key is configured; nothing when the value is empty.
  private static func append(_ key: String, _ value: String, field: UInt8, to bytes: ByteBuffer) {
    guard !value.isEmpty else { return }
    let attribute = bytes.beginMessage(field: field)
    bytes.append(field: 1, bytes: Array(key.utf8).span)
    let any = bytes.beginMessage(field: 2)
    bytes.append(field: 1, bytes: Array(value.utf8).span)
    bytes.endMessage(any)
    bytes.endMessage(attribute)
  }
}

extension [UInt8] {
  /// A copy of a span's bytes.
  init(copying span: Span<UInt8>) {
    self.init(capacity: span.count) { target in
      for index in span.indices { target.append(span[index]) }
    }
  }
}
