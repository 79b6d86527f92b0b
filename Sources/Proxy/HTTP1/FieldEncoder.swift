import HTTPModel
import Memory

/// Writes the fields of a head that are to be sent on.
enum FieldEncoder {
  /// Writes the fields that are sent on as lines, behind the first `start` bytes of the head, which are
  /// sent as they are. Runs of lines that stand in the head as they are sent are copied in one piece.
  /// - Parameter skipped: a name that is left to the caller.
  @inline(__always)
  static func encode(
    _ head: MessageHead, behind start: Int = 0, skipping skipped: KnownHeader? = nil,
    into buffer: ByteBuffer
  ) {
    let source = head.wholeText
    var run = 0..<start
    for index in 0..<head.fieldCount {
      let field = head.field(at: index)
      guard field.isForwarded, skipped == nil || field.known != skipped else { continue }
      if field.isLine, Int(field.nameOffset) == run.upperBound {
        run = run.lowerBound..<field.lineEnd
        continue
      }
      if !run.isEmpty { buffer.append(source.extracting(run)) }
      run = field.isLine ? Int(field.nameOffset)..<field.lineEnd : 0..<0
      if !field.isLine { encodeLine(field, source, into: buffer) }
    }
    buffer.append(source.extracting(run))
  }

  private static func encodeLine(
    _ field: HeaderField, _ source: borrowing Span<UInt8>, into buffer: ByteBuffer
  ) {
    buffer.append(source.extracting(field.name.indices))
    buffer.append(": ")
    buffer.append(source.extracting(field.value.indices))
    buffer.append("\r\n")
  }

  /// Writes the fields that name the protocol that the connection is to switch to.
  static func encodeUpgrade(_ name: borrowing Span<UInt8>, into buffer: ByteBuffer) {
    buffer.append("connection: upgrade\r\nupgrade: ")
    buffer.append(copy name)
    buffer.append("\r\n")
  }

  /// Writes the field that tells how the body is framed, if there is one.
  @inline(__always)
  static func encodeFraming(_ framing: BodyFraming, into buffer: ByteBuffer) {
    switch framing {
    case .length(let count):
      buffer.append("content-length: ")
      buffer.append(decimal: count)
      buffer.append("\r\n")
    case .chunked:
      buffer.append("transfer-encoding: chunked\r\n")
    case .none, .untilClose:
      break
    }
  }
}
