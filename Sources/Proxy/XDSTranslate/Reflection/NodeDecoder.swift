import Config

/// Turns a YAML or JSON value into a message by the canonical proto3 JSON mapping; names in
/// snake_case or lowerCamel. Goes on after a fault, so that a file's faults are told all at once.
struct NodeDecoder {
  let report: Report

  func decode(_ node: YAMLNode, as descriptor: MessageDescriptor, _ path: FieldPath) -> Message? {
    if let wellKnown = WellKnownType(rawValue: descriptor.name) {
      return decodeWellKnown(wellKnown, node, descriptor, path)
    }
    guard case .mapping(let entries) = node.content else {
      reject(node, path, "a mapping with fields of \(descriptor.shortName)")
      return nil
    }
    let message = Message(descriptor, position: node.position)
    for entry in entries { decode(entry, into: message, path) }
    return message
  }

  func decode(_ entry: YAMLNode.Entry, into message: Message, _ path: FieldPath) {
    guard let index = message.descriptor.index(named: entry.key) else {
      rejectUnknown(entry, message.descriptor, path)
      return
    }
    if entry.value.isNull && !takesNull(message.descriptor.fields[index]) { return }
    let field = message.descriptor.fields[index]
    let fieldPath = path.field(field.name)
    if message.field(at: index) != nil {
      report.reject(
        fieldPath, "set twice, as \(field.name) and \(field.jsonName)", entry.keyPosition)
    } else if let rival = message.rival(of: index) {
      let text = "\(field.name) and \(rival.name) exclude one another; one is accepted"
      report.reject(fieldPath, text, entry.keyPosition)
    } else if let value = decodeField(entry.value, field, fieldPath) {
      message.set(index, to: value, position: entry.value.position)
    }
  }

  private func decodeField(_ node: YAMLNode, _ field: FieldDescriptor, _ path: FieldPath)
    -> FieldValue?
  {
    guard field.isRepeated else { return decodeValue(node, field, path) }
    if case .message(let name) = field.kind {
      let descriptor = Schema.shared.declared(name)
      if descriptor.isMapEntry(of: field) { return decodeMap(node, descriptor, path) }
    }
    guard case .sequence(let elements) = node.content else {
      reject(node, path, "a list")
      return nil
    }
    var values: [FieldValue] = []
    for (index, element) in elements.enumerated() {
      let label = element.scalar(at: "name").map { path.key($0) } ?? path.index(index)
      if let value = decodeValue(element, field, label) { values.append(value) }
    }
    return .list(values)
  }

  private func decodeMap(_ node: YAMLNode, _ entry: MessageDescriptor, _ path: FieldPath)
    -> FieldValue?
  {
    guard case .mapping(let entries) = node.content else {
      reject(node, path, "a mapping")
      return nil
    }
    var values: [FieldValue] = []
    for item in entries {
      let key = YAMLNode(
        content: .scalar(item.key, isPlain: true), position: item.keyPosition, size: 1)
      let message = Message(entry, position: item.keyPosition)
      let itemPath = path.key(item.key)
      guard let keyValue = decodeValue(key, entry.fields[0], itemPath),
        let value = decodeValue(item.value, entry.fields[1], itemPath)
      else { continue }
      message.set(0, to: keyValue, position: item.keyPosition)
      message.set(1, to: value, position: item.value.position)
      values.append(.message(message))
    }
    return .list(values)
  }

  func decodeValue(_ node: YAMLNode, _ field: FieldDescriptor, _ path: FieldPath) -> FieldValue? {
    if case .message(let name) = field.kind {
      return decode(node, as: Schema.shared.declared(name), path).map { .message($0) }
    }
    let (value, accepted) = ScalarDecoder.decode(node, field.kind)
    if value == nil { reject(node, path, accepted) }
    return value
  }

  /// `google.protobuf.Value` has a null of its own.
  private func takesNull(_ field: FieldDescriptor) -> Bool {
    if case .message(WellKnownType.value.rawValue) = field.kind { return !field.isRepeated }
    return false
  }

  func reject(_ node: YAMLNode, _ path: FieldPath, _ accepted: String) {
    report.reject(path, "found \(node.found), accepted: \(accepted)", node.position)
  }

  private func rejectUnknown(
    _ entry: YAMLNode.Entry, _ descriptor: MessageDescriptor, _ path: FieldPath
  ) {
    let names = descriptor.fields.map(\.name)
    var text = "unknown field of \(descriptor.shortName)"
    if OfficialSchema.declares(entry.key, in: descriptor.name) {
      text = "known to Envoy, not implemented by Martlet"
    } else if let nearest = nearestName(to: entry.key, among: names) {
      text += "; did you mean \(nearest)?"
    } else {
      text += names.isEmpty ? "; it has no fields" : "; accepted: \(names.joined(separator: ", "))"
    }
    report.reject(path.field(entry.key), text, entry.keyPosition)
  }
}
