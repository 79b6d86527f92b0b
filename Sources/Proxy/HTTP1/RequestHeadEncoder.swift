import HTTPModel
import Memory

/// Encodes request heads for an upstream connection (RFC 9112 section 3), always as HTTP/1.1.
public enum RequestHeadEncoder {
  /// Appends the head: request line, fields without flags, the framing of `head.framing`. What is sent
  /// as it was received is copied in one piece.
  /// - Parameter acceptsTrailers: says `te: trailers`, for a client that said so. What asks for an upgrade
  ///   has no use for them.
  public static func encode(
    _ head: RequestHead, acceptsTrailers: Bool = false, into buffer: ByteBuffer
  ) {
    let lineEnd = head.lineEnd
    if lineEnd == 0 { encodeLine(head, into: buffer) }
    if head.hasHostField {
      FieldEncoder.encode(head, behind: lineEnd, into: buffer)
    } else {
      buffer.append(head.wholeText.extracting(0..<lineEnd))
      buffer.append("host: ")
      buffer.append(head.text(head.authority))
      buffer.append("\r\n")
      FieldEncoder.encode(head, skipping: .host, into: buffer)
    }
    if !head.upgrade.isEmpty {
      FieldEncoder.encodeUpgrade(head.text(head.upgrade), into: buffer)
    } else if acceptsTrailers {
      buffer.append("te: trailers\r\nconnection: te\r\n")
    }
    FieldEncoder.encodeFraming(head.framing, into: buffer)
    buffer.append("\r\n")
  }

  private static func encodeLine(_ head: RequestHead, into buffer: ByteBuffer) {
    buffer.append(head.text(head.methodText))
    buffer.append(ASCII.space)
    buffer.append(head.text(head.target))
    buffer.append(" HTTP/1.1\r\n")
  }
}

extension RequestHead {
  /// Behind the request line, when it stands in the head's bytes as it is sent; else 0.
  fileprivate var lineEnd: Int {
    let text = wholeText
    let targetEnd = target.indices.upperBound
    guard version >= .http11, methodText.offset == 0, target.offset == methodText.count &+ 1,
      targetEnd < text.count, text[targetEnd] == ASCII.space
    else { return 0 }
    return targetEnd &+ 11
  }

  /// The host asked for is one of the fields that are sent on.
  fileprivate var hasHostField: Bool {
    guard let index = firstIndex(of: .host), !isRepeated(.host) else { return false }
    let field = field(at: index)
    return field.isForwarded && field.value == authority
  }
}
