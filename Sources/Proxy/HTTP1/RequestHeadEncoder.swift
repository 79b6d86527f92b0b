import HTTPModel
import Memory

/// Encodes request heads for an upstream connection (RFC 9112 section 3), always as HTTP/1.1.
public enum RequestHeadEncoder {
  /// Appends the head: request line, host from `head.authority`, fields without flags, the framing of
  /// `head.framing`.
  /// - Parameter acceptsTrailers: says `te: trailers`, for a client that said so.
  public static func encode(
    _ head: RequestHead, acceptsTrailers: Bool = false, into buffer: ByteBuffer
  ) {
    buffer.append(head.text(head.methodText))
    buffer.append(ASCII.space)
    buffer.append(head.text(head.target))
    buffer.append(" HTTP/1.1\r\nhost: ")
    buffer.append(head.text(head.authority))
    buffer.append("\r\n")
    FieldEncoder.encode(head, skipping: .host, into: buffer)
    if acceptsTrailers { buffer.append("te: trailers\r\nconnection: te\r\n") }
    FieldEncoder.encodeFraming(head.framing, into: buffer)
    buffer.append("\r\n")
  }
}
