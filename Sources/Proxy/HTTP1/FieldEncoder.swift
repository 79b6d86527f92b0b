import HTTPModel
import Memory

/// Writes the fields of a head that are to be sent on.
enum FieldEncoder {
  /// Writes each field without flags as a line; `skipped` is left to the caller. Runs of lines that stand
  /// in the head as we would write them are copied in one piece.
  @inline(__always)
  static func encode(_ head: MessageHead, skipping skipped: KnownHeader?, into buffer: ByteBuffer) {
    let source = head.text(ByteRange(offset: 0, count: head.bytes.count))
    let fields = head.fields.span
    var index = 0
    while index < fields.count {
      let field = fields[index]
      index &+= 1
      guard field.isForwarded, field.known != skipped || skipped == nil else { continue }
      var end = lineEnd(field, source)
      guard end > 0 else {
        encodeLine(field, source, into: buffer)
        continue
      }
      while index < fields.count {
        let next = fields[index]
        guard Int(next.nameOffset) == end, next.isForwarded, next.known != skipped else { break }
        let nextEnd = lineEnd(next, source)
        guard nextEnd > 0 else { break }
        end = nextEnd
        index &+= 1
      }
      buffer.append(source.extracting(Int(field.nameOffset)..<end))
    }
  }

  /// Behind the field's line when `name: value` CRLF stands there just so, else 0.
  @inline(__always)
  private static func lineEnd(_ field: HeaderField, _ source: borrowing Span<UInt8>) -> Int {
    let nameEnd = field.name.indices.upperBound
    let valueStart = Int(field.valueOffset)
    let valueEnd = field.value.indices.upperBound
    guard valueStart == nameEnd &+ 2, source[nameEnd] == 0x3A, source[nameEnd &+ 1] == 0x20,
      valueEnd &+ 2 <= source.count, source[valueEnd] == ASCII.carriageReturn,
      source[valueEnd &+ 1] == ASCII.lineFeed
    else { return 0 }
    return valueEnd &+ 2
  }

  private static func encodeLine(
    _ field: HeaderField, _ source: borrowing Span<UInt8>, into buffer: ByteBuffer
  ) {
    buffer.append(source.extracting(field.name.indices))
    buffer.append(": ")
    buffer.append(source.extracting(field.value.indices))
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
