import CProtobufC
import CXDS

/// What `xds/proto` declares for a message. swift-protobuf keeps that to itself; the descriptors of
/// protobuf-c, generated from the same files, tell it.
struct MessageSchema {
  enum Kind {
    /// Any other type than the two below.
    case scalar(ProtobufCType)
    /// In the order of their numbers.
    case enumeration([(name: String, number: Int32)])
    /// By its full name.
    case message(String)
  }

  enum Arity {
    case one, list
    /// With keys of any type.
    case map
  }

  struct Field {
    let name: String
    let kind: Kind
    let arity: Arity
    /// Fields of the same number exclude one another.
    let oneof: UInt32?
  }

  let fields: [Field]
  /// By the names in the schema and in proto3 JSON.
  private let indexes: [String: Int]

  /// - Parameter name: the full name of a message of `xds/proto`.
  init(_ name: String) {
    guard let descriptor = cxds_descriptor_by_name(name)?.pointee else {
      preconditionFailure("xds/proto declares \(name)")
    }
    fields = UnsafeBufferPointer(start: descriptor.fields, count: Int(descriptor.n_fields))
      .map(Field.init)
    var indexes: [String: Int] = [:]
    for (index, field) in fields.enumerated() {
      indexes[field.name] = index
      indexes[Self.camelCase(field.name)] = index
    }
    self.indexes = indexes
  }

  func index(of name: String) -> Int? { indexes[name] }

  /// `lb_policy` as `lbPolicy`.
  fileprivate static func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_", omittingEmptySubsequences: false)
    return words.dropFirst().reduce(into: String(words[0])) { text, word in
      text += word.prefix(1).uppercased() + word.dropFirst()
    }
  }
}

extension MessageSchema.Field {
  fileprivate init(_ field: ProtobufCFieldDescriptor) {
    name = String(cString: field.name)
    let isOneof = field.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
    oneof = isOneof ? field.quantifier_offset : nil
    let isList = field.label == PROTOBUF_C_LABEL_REPEATED
    switch field.type {
    case PROTOBUF_C_TYPE_ENUM:
      let type = field.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self).pointee
      let values = UnsafeBufferPointer(start: type.values, count: Int(type.n_values))
      kind = .enumeration(values.map { (String(cString: $0.name), $0.value) })
      arity = isList ? .list : .one
    case PROTOBUF_C_TYPE_MESSAGE:
      let type = field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self).pointee
      guard isList, String(cString: type.short_name) == Self.entryName(of: name) else {
        kind = .message(String(cString: type.name))
        arity = isList ? .list : .one
        return
      }
      kind = MessageSchema.Field(type.fields[1]).kind
      arity = .map
    default:
      kind = .scalar(field.type)
      arity = isList ? .list : .one
    }
  }

  /// What protobuf calls the type of an entry of `map<K, V> name`.
  private static func entryName(of name: String) -> String {
    let camel = MessageSchema.camelCase(name)
    return camel.prefix(1).uppercased() + camel.dropFirst() + "Entry"
  }
}
