import CProtobufC
import MeshModel
import SwiftProtobuf

/// What the proto3 JSON of a scalar may be. swift-protobuf takes all that is taken here.
enum ScalarExpectation {
  case string, bytes, bool, float, double
  case integer(ClosedRange<Int128>)

  init(_ type: ProtobufCType) {
    self =
      switch type {
      case PROTOBUF_C_TYPE_STRING: .string
      case PROTOBUF_C_TYPE_BYTES: .bytes
      case PROTOBUF_C_TYPE_BOOL: .bool
      case PROTOBUF_C_TYPE_FLOAT: .float
      case PROTOBUF_C_TYPE_DOUBLE: .double
      case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: .integer(Self.range(of: UInt32.self))
      case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: .integer(Self.range(of: UInt64.self))
      case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
        .integer(Self.range(of: Int64.self))
      default: .integer(Self.range(of: Int32.self))
      }
  }

  private static func range(of type: (some FixedWidthInteger).Type) -> ClosedRange<Int128> {
    Int128(type.min)...Int128(type.max)
  }

  var accepted: String {
    switch self {
    case .string: return "a string"
    case .bytes: return "a string in base64"
    case .bool: return "true or false"
    case .float:
      return "a number from -\(Float.greatestFiniteMagnitude) to \(Float.greatestFiniteMagnitude)"
    case .double: return "a number"
    case .integer(let range):
      let text = "an integer from \(range.lowerBound) to \(range.upperBound)"
      return range.upperBound < 1 << 32 ? text : text + ", in quotes when it has 19 digits or more"
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
    case .float: return value.isNoNumber || value.number.map { Float($0).isFinite } ?? false
    case .double: return value.isNoNumber || value.number != nil
    case .integer(let range): return value.integer.map(range.contains) ?? false
    }
  }
}

extension Google_Protobuf_Value {
  var text: String? {
    if case .stringValue(let text)? = kind { text } else { nil }
  }

  /// Of a number, or of the text of one, which the JSON mapping takes as well.
  fileprivate var number: Double? {
    let number: Double? =
      switch kind {
      case .numberValue(let number)?: number
      case .stringValue(let text)? where JSONNumber.isWritten(text): Double(text)
      default: nil
      }
    return number.flatMap { $0.isFinite ? $0 : nil }
  }

  /// What the JSON mapping has for the numbers that JSON does not have.
  fileprivate var isNoNumber: Bool {
    ["NaN", "Infinity", "-Infinity"].contains(text)
  }

  /// The integer that this is or that its text is, exactly: nil also for an unquoted one so large
  /// that another may have been written.
  fileprivate var integer: Int128? {
    if let text, JSONNumber.isWritten(text), let integer = Int128(text) {
      return integer == 0 && text.hasPrefix("-") ? nil : integer
    }
    guard let number, number.magnitude < 0x1p63, number == number.rounded() else { return nil }
    return number == 0 && number.sign == .minus ? nil : Int128(number)
  }
}
