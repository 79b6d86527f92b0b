import HTTPModel
import Memory

/// Encodes what stands around the bytes of a chunked body (RFC 9112 section 7.1).
public enum BodyEncoder {
  /// Appends the line before a chunk of `count` bytes; none for an empty one, which would end the body.
  public static func encodeChunkLine(count: Int, into buffer: ByteBuffer) {
    precondition(count > 0, "a chunk that is not the last has bytes")
    buffer.append(hex: UInt64(count))
    buffer.append("\r\n")
  }

  /// Appends what stands behind a chunk's bytes.
  public static func encodeChunkEnd(into buffer: ByteBuffer) { buffer.append("\r\n") }

  /// Appends a whole chunk; nothing for no bytes.
  public static func encodeChunk(_ bytes: Span<UInt8>, into buffer: ByteBuffer) {
    if bytes.isEmpty { return }
    encodeChunkLine(count: bytes.count, into: buffer)
    buffer.append(bytes)
    encodeChunkEnd(into: buffer)
  }

  /// Appends the last chunk and the trailers that are to be sent on.
  public static func encodeEnd(trailers: Trailers? = nil, into buffer: ByteBuffer) {
    buffer.append("0\r\n")
    if let trailers { FieldEncoder.encode(trailers, into: buffer) }
    buffer.append("\r\n")
  }
}
