@testable import XDSTranslate

/// Makes messages of any type with a random half of their fields set, the same ones for the same seed.
struct GeneratedMessages {
  private var state: UInt64
  private var budget = 4000

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func message(_ type: String, depth: Int = 0) -> Message {
    let descriptor = Schema.shared.declared(type)
    let message = Message(descriptor)
    if type == WellKnownType.any.rawValue { return any(message, depth) }
    if type == WellKnownType.duration.rawValue {
      message["seconds"] = .signed(Int64(draw(10)))
      return message
    }
    for (index, field) in descriptor.fields.enumerated() where draw(2) == 0 {
      guard message.rival(of: index) == nil, let value = value(of: field, depth) else { continue }
      message.set(index, to: field.isRepeated ? .list([value]) : value, position: nil)
    }
    return message
  }

  private mutating func value(of field: FieldDescriptor, _ depth: Int) -> FieldValue? {
    switch field.kind {
    case .message(let type):
      budget -= 1
      guard depth < 20, budget > 0 else { return nil }
      return .message(message(type, depth: depth + 1))
    case .string: return .string(["", "/", "a", "10.0.0.1", "*"][draw(5)])
    case .bytes: return .bytes([UInt8(draw(256))])
    case .bool: return .bool(draw(2) == 0)
    case .enumeration(let type): return .enumeration(type.values[draw(type.values.count)].number)
    case .float, .double: return .double(Double(draw(200)))
    case .uint32, .fixed32, .uint64, .fixed64: return .unsigned(UInt64(draw(70_000)))
    default: return .signed(Int64(draw(1000)) - 10)
    }
  }

  private mutating func any(_ message: Message, _ depth: Int) -> Message {
    let types = [
      TypeName.httpConnectionManager, TypeName.tcpProxy, TypeName.router, TypeName.fileAccessLog,
      TypeName.stdoutAccessLog, TypeName.stderrAccessLog, TypeName.openTelemetry,
      TypeName.httpProtocolOptions, TypeName.parentBasedSampler, TypeName.ratioSampler,
      "a.b.Unknown",
    ]
    let type = types[draw(types.count)]
    message["type_url"] = .string(AnyType.prefix + type)
    if Schema.shared.message(named: type) != nil {
      message.content = self.message(type, depth: depth + 1)
    }
    return message
  }

  private mutating func draw(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
}
