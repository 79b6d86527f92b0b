import CProtobufC
import CXDS
import Synchronization

/// The message types that `xds/proto` declares, read from protobuf-c's generated descriptors the
/// first time each is asked for. Any thread.
final class Schema: Sendable {
  static let shared = Schema()
  private let imported = Mutex<[String: MessageDescriptor]>([:])

  /// nil: no such type is compiled in.
  func message(named name: String) -> MessageDescriptor? {
    imported.withLock { imported in
      if let known = imported[name] { return known }
      // SAFETY: generated descriptors are constants; the returned pointer lives as long as the process.
      guard let generated = unsafe cxds_descriptor_by_name(name) else { return nil }
      let descriptor = unsafe Self.read(generated.pointee)
      imported[name] = descriptor
      return descriptor
    }
  }

  /// A type that another declared type refers to, or that our own code names.
  func declared(_ name: String) -> MessageDescriptor {
    guard let descriptor = message(named: name) else {
      preconditionFailure("xds/proto declares \(name)")
    }
    return descriptor
  }

  private static func read(_ generated: ProtobufCMessageDescriptor) -> MessageDescriptor {
    // SAFETY: `fields` points to `n_fields` constants.
    let fields = unsafe UnsafeBufferPointer(
      start: generated.fields, count: Int(generated.n_fields))
    return MessageDescriptor(
      name: unsafe String(cString: generated.name), fields: unsafe fields.map { unsafe read($0) })
  }

  private static func read(_ field: ProtobufCFieldDescriptor) -> FieldDescriptor {
    // SAFETY: a generated field descriptor is a constant, and so is the C string of its name.
    let isOneof = unsafe field.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
    return unsafe FieldDescriptor(
      name: String(cString: field.name), number: field.id, kind: kind(of: field),
      isRepeated: field.label == PROTOBUF_C_LABEL_REPEATED,
      oneof: isOneof ? Int(field.quantifier_offset) : nil)
  }

  private static func kind(of field: ProtobufCFieldDescriptor) -> FieldDescriptor.Kind {
    // SAFETY: `type` says what `descriptor` points to.
    switch unsafe field.type {
    case PROTOBUF_C_TYPE_INT32: .int32
    case PROTOBUF_C_TYPE_SINT32: .sint32
    case PROTOBUF_C_TYPE_SFIXED32: .sfixed32
    case PROTOBUF_C_TYPE_INT64: .int64
    case PROTOBUF_C_TYPE_SINT64: .sint64
    case PROTOBUF_C_TYPE_SFIXED64: .sfixed64
    case PROTOBUF_C_TYPE_UINT32: .uint32
    case PROTOBUF_C_TYPE_FIXED32: .fixed32
    case PROTOBUF_C_TYPE_UINT64: .uint64
    case PROTOBUF_C_TYPE_FIXED64: .fixed64
    case PROTOBUF_C_TYPE_FLOAT: .float
    case PROTOBUF_C_TYPE_DOUBLE: .double
    case PROTOBUF_C_TYPE_BOOL: .bool
    case PROTOBUF_C_TYPE_STRING: .string
    case PROTOBUF_C_TYPE_BYTES: .bytes
    case PROTOBUF_C_TYPE_ENUM: unsafe .enumeration(enumeration(field.descriptor))
    case PROTOBUF_C_TYPE_MESSAGE: unsafe .message(messageName(field.descriptor))
    default: preconditionFailure("protobuf-c has seventeen field types")
    }
  }

  private static func messageName(_ descriptor: UnsafeRawPointer) -> String {
    // SAFETY: protobuf-c points a message field's `descriptor` to a constant message descriptor.
    let generated = unsafe descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    return unsafe String(cString: generated.pointee.name)
  }

  private static func enumeration(_ descriptor: UnsafeRawPointer) -> EnumDescriptor {
    // SAFETY: protobuf-c points an enum field's `descriptor` to a constant enum descriptor, whose
    // `values` holds `n_values` constants.
    let generated = unsafe descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self).pointee
    let values = unsafe UnsafeBufferPointer(
      start: generated.values, count: Int(generated.n_values))
    return EnumDescriptor(
      name: unsafe String(cString: generated.name),
      values: unsafe values.map {
        unsafe EnumDescriptor.Value(name: String(cString: $0.name), number: $0.value)
      })
  }
}
