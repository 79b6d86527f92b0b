import HTTPModel
import Memory

/// The `grpc-message` trailer: UTF-8 text, percent-encoded.
/// Source: gRPC over HTTP2, Percent-Encoded.
public enum GRPCMessageText {
  /// Never fails: what is no escape stays as it is, as the standard asks.
  public static func decode(_ text: String) -> String {
    String(percentDecoding: text.utf8)
  }

  /// Bytes of the encoded form that are written at most: clients take heads of 8 KiB.
  public static let maxBytes = 4096

  /// Appends the text with what is not plain ASCII as `%XX`; of a long one only as many whole characters as
  /// fit.
  public static func encode(_ text: borrowing Span<UInt8>, into output: ByteBuffer) {
    let start = output.count
    var characterStart = start
    for index in text.indices {
      let byte = text[index]
      if byte & 0xC0 != 0x80 { characterStart = output.count }
      let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x25
      if output.count - start + (isPlain ? 1 : 3) > maxBytes {
        return output.truncate(to: characterStart)
      }
      if isPlain {
        output.append(byte)
      } else {
        output.append(percentEncoded: byte)
      }
    }
  }
}
