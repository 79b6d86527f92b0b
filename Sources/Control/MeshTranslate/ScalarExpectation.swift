import CProtobufC
import SwiftProtobuf

/// What the proto3 JSON of a scalar may be.
enum ScalarExpectation {
  case string, bytes, bool, number
  case integer(ClosedRange<Double>, String)

  init(_ type: ProtobufCType) {
    self =
      switch type {
      case PROTOBUF_C_TYPE_STRING: .string
      case PROTOBUF_C_TYPE_BYTES: .bytes
      case PROTOBUF_C_TYPE_BOOL: .bool
      case PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_DOUBLE: .number
      case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32:
        .integer(0...Double(UInt32.max), "an integer from 0 to \(UInt32.max)")
      case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
        .integer(0...Double(UInt64.max), "an integer from 0")
      case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
        .integer(Double(Int64.min)...Double(Int64.max), "an integer")
      default:
        .integer(
          Double(Int32.min)...Double(Int32.max), "an integer from \(Int32.min) to \(Int32.max)")
      }
  }

  var accepted: String {
    switch self {
    case .string: "a string"
    case .bytes: "a string in base64"
    case .bool: "true or false"
    case .number: "a number"
    case .integer(_, let accepted): accepted
    }
  }

  func takes(_ value: Google_Protobuf_Value) -> Bool {
    switch self {
    case .string: return value.text != nil
    case .bytes:
      guard value.text != nil, let json = try? value.jsonString() else { return false }
      return (try? Google_Protobuf_BytesValue(jsonString: json)) != nil
    case .bool:
      if case .boolValue? = value.kind { return true }
      return false
    case .number: return value.number != nil
    case .integer(let range, _):
      guard let number = value.number else { return false }
      return range.contains(number) && number == number.rounded()
    }
  }
}

extension Google_Protobuf_Value {
  var text: String? {
    if case .stringValue(let text)? = kind { text } else { nil }
  }

  /// Of a number, or of the text of one, which the JSON mapping takes as well.
  var number: Double? {
    switch kind {
    case .numberValue(let number)?: number
    case .stringValue(let text)? where text.utf8.first.map { $0 > 0x20 } ?? false: Double(text)
    default: nil
    }
  }
}
