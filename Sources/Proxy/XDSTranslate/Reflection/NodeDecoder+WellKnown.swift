import Config

extension NodeDecoder {
  func decodeWellKnown(
    _ type: WellKnownType, _ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath
  ) -> Message? {
    switch type {
    case .any: return decodeAny(node, descriptor, path)
    case .duration: return decodeDuration(node, descriptor, path)
    case .structure: return decodeStruct(node, descriptor, path)
    case .value: return decodeStructValue(node, descriptor, path)
    case .listValue: return decodeListValue(node, descriptor, path)
    case .timestamp:
      report.reject(path, "timestamps are not implemented by Martlet", node.position)
      return nil
    default: return decodeWrapper(node, descriptor, path)
    }
  }

  private func decodeWrapper(
    _ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath
  ) -> Message? {
    guard let value = decodeValue(node, descriptor.fields[0], path) else { return nil }
    let message = Message(descriptor, position: node.position)
    message.set(0, to: value, position: node.position)
    return message
  }

  private func decodeDuration(
    _ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath
  ) -> Message? {
    do throws(DurationText.Fault) {
      guard case .scalar(let text, _) = node.content else { throw .form }
      let duration = try DurationText.decode(text)
      let message = Message(descriptor, position: node.position)
      message["seconds"] = .signed(duration.seconds)
      message["nanos"] = .signed(Int64(duration.nanoseconds))
      return message
    } catch {
      reject(node, path, error.accepted)
      return nil
    }
  }

  /// A type we have no descriptor for stays an empty `Any` that carries its type's name: whether it
  /// is refused or ignored is for its reader to say.
  private func decodeAny(_ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath)
    -> Message?
  {
    guard case .mapping(let entries) = node.content,
      let type = entries.first(where: { $0.key == "@type" }),
      case .scalar(let url, _) = type.value.content
    else {
      reject(node, path, "a mapping with @type, such as type.googleapis.com/\(Self.exampleType)")
      return nil
    }
    let message = Message(descriptor, position: node.position)
    message["type_url"] = .string(url)
    guard let inner = AnyType.descriptor(for: url) else { return message }
    let rest = entries.filter { $0.key != "@type" }
    if WellKnownType(rawValue: inner.name) != nil {
      guard rest.count == 1, rest[0].key == "value" else {
        report.reject(path, "accepted beside @type: value", node.position)
        return nil
      }
      message.content = decode(rest[0].value, as: inner, path.field("value"))
    } else {
      let content = Message(inner, position: node.position)
      for entry in rest { decode(entry, into: content, path) }
      message.content = content
    }
    return message
  }

  private static var exampleType: String { "envoy.extensions.filters.http.router.v3.Router" }

  private func decodeStruct(_ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath)
    -> Message?
  {
    guard case .mapping(let entries) = node.content,
      let entryType = Self.elementType(descriptor, "fields"),
      let valueType = Self.elementType(entryType, "value")
    else {
      reject(node, path, "a mapping")
      return nil
    }
    let message = Message(descriptor, position: node.position)
    for entry in entries {
      guard let value = decodeStructValue(entry.value, valueType, path.key(entry.key)) else {
        continue
      }
      let pair = Message(entryType, position: entry.keyPosition)
      pair["key"] = .string(entry.key)
      pair["value"] = .message(value)
      message.append(.message(pair), to: 0)
    }
    return message
  }

  private func decodeListValue(
    _ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath
  ) -> Message? {
    guard case .sequence(let elements) = node.content,
      let valueType = Self.elementType(descriptor, "values")
    else {
      reject(node, path, "a list")
      return nil
    }
    let message = Message(descriptor, position: node.position)
    for (index, element) in elements.enumerated() {
      guard let value = decodeStructValue(element, valueType, path.index(index)) else { continue }
      message.append(.message(value), to: 0)
    }
    return message
  }

  private func decodeStructValue(
    _ node: YAMLNode, _ descriptor: MessageDescriptor, _ path: FieldPath
  ) -> Message? {
    let message = Message(descriptor, position: node.position)
    switch node.content {
    case .mapping:
      guard let inner = Self.elementType(descriptor, "struct_value"),
        let value = decodeStruct(node, inner, path)
      else { return nil }
      message["struct_value"] = .message(value)
    case .sequence:
      guard let inner = Self.elementType(descriptor, "list_value"),
        let value = decodeListValue(node, inner, path)
      else { return nil }
      message["list_value"] = .message(value)
    case .scalar(let text, let isPlain):
      if node.isNull {
        message["null_value"] = .enumeration(0)
      } else if isPlain, let value = ScalarDecoder.boolean(text) {
        message["bool_value"] = .bool(value)
      } else if isPlain, let value = ScalarDecoder.number(text) {
        message["number_value"] = .double(value)
      } else {
        message["string_value"] = .string(text)
      }
    }
    return message
  }

  private static func elementType(_ descriptor: MessageDescriptor, _ field: String)
    -> MessageDescriptor?
  {
    guard let index = descriptor.index(named: field),
      case .message(let name) = descriptor.fields[index].kind
    else { return nil }
    return Schema.shared.declared(name)
  }
}
