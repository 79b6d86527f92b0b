import HTTPModel
import Memory

/// Encodes response heads for a downstream connection (RFC 9112 section 4), always as HTTP/1.1.
public enum ResponseHeadEncoder {
  /// Appends a final response's head: status line, fields without flags, framing and connection.
  /// - Parameters:
  ///   - method: of the request this answers: behind HEAD no body follows, whatever `head.framing`.
  ///   - version: the client's. HTTP/1.0 takes no chunks: its body ends with the connection.
  ///   - keepsAlive: the connection is to be kept.
  /// - Returns: how the body is to be sent: `untilClose` also means that the connection must be closed
  ///   behind it.
  public static func encode(
    _ head: ResponseHead, answering method: HTTPMethod, to version: HTTPVersion, keepsAlive: Bool,
    into buffer: ByteBuffer
  ) -> BodyFraming {
    let framing = framing(head, answering: method, to: version)
    encodeStatusLine(head.status, into: buffer)
    FieldEncoder.encode(head, into: buffer)
    FieldEncoder.encodeFraming(framing, into: buffer)
    let isHead = method == .head
    if !keepsAlive || (framing == .untilClose && !isHead) {
      buffer.append("connection: close\r\n")
    } else if version < .http11 {
      buffer.append("connection: keep-alive\r\n")
    }
    buffer.append("\r\n")
    return isHead ? .none : framing
  }

  /// Appends an interim response's head (RFC 9110 section 15.2). Never for HTTP/1.0 clients.
  public static func encodeInterim(_ head: ResponseHead, into buffer: ByteBuffer) {
    encodeStatusLine(head.status, into: buffer)
    FieldEncoder.encode(head, into: buffer)
    buffer.append("\r\n")
  }

  /// Appends the head behind which the connection carries something else: 101, or 2xx to CONNECT.
  /// - Parameter protocol: what it switches to; empty for CONNECT.
  public static func encodeSwitch(
    _ head: ResponseHead, to protocol: borrowing Span<UInt8>, into buffer: ByteBuffer
  ) {
    encodeStatusLine(head.status, into: buffer)
    FieldEncoder.encode(head, into: buffer)
    if !`protocol`.isEmpty { FieldEncoder.encodeUpgrade(`protocol`, into: buffer) }
    buffer.append("\r\n")
  }

  @inline(__always)
  private static func framing(
    _ head: ResponseHead, answering method: HTTPMethod, to version: HTTPVersion
  ) -> BodyFraming {
    switch head.framing {
    case .length: head.framing
    // Over HTTP/2 a response may end with its head; here its end must be told (RFC 9112 section 6.3).
    case .none: head.mayHaveBody && method != .head ? .length(0) : .none
    case .chunked, .untilClose: version < .http11 ? .untilClose : .chunked
    }
  }

  private static func encodeStatusLine(_ status: Int, into buffer: ByteBuffer) {
    if status == 200 {
      buffer.append("HTTP/1.1 200 OK\r\n")
      return
    }
    buffer.append("HTTP/1.1 ")
    buffer.append(decimal: UInt64(status))
    buffer.append(ASCII.space)
    buffer.append(ReasonPhrase.of(status))
    buffer.append("\r\n")
  }
}

extension ResponseHead {
  /// Its status is not one of those that never come with a body (RFC 9110 section 6.4.1).
  fileprivate var mayHaveBody: Bool { status >= 200 && status != 204 && status != 304 }
}
