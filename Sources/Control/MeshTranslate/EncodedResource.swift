import Foundation
import SwiftProtobuf
import XDSProtos

/// A resource in the form it is sent in, with a digest of its bytes.
public struct EncodedResource: Sendable {
  public let name: String
  public let any: Google_Protobuf_Any
  /// Equal for equal content, in every process.
  public let digest: UInt64

  init(name: String, _ message: some Message) {
    self.name = name
    any = Self.pack(message)
    digest = Digest.of(any.value)
  }

  init(name: String, any: Google_Protobuf_Any) {
    self.name = name
    self.any = any
    digest = Digest.of(any.value)
  }

  /// Wraps a message whose bytes are the same whenever its content is.
  static func pack(_ message: some Message) -> Google_Protobuf_Any {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    var any = Google_Protobuf_Any()
    any.typeURL = "type.googleapis.com/" + type(of: message).protoMessageName
    guard let bytes: [UInt8] = try? message.serializedBytes(options: options) else {
      preconditionFailure("a message made here has no required field and no unknown Any")
    }
    any.value = Data(bytes)
    return any
  }
}

/// 64-bit FNV-1a.
enum Digest {
  static let start: UInt64 = 0xcbf2_9ce4_8422_2325

  static func of(_ bytes: some Sequence<UInt8>, from start: UInt64 = start) -> UInt64 {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
