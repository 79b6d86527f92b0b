import Config

/// Walks a translated message and reports every field that is set and was never looked at. What
/// changes the meaning of the rest is rejected, the remainder is ignored.
struct IgnoredFields {
  let report: Report

  static func report(in view: MessageView) {
    if isSilent(view.message) { return }
    IgnoredFields(report: view.report).walk(view.message, view.path)
  }

  /// True when nothing in the message needs a word, as in nearly all; found out without paths.
  private static func isSilent(_ message: Message) -> Bool {
    if message.isSettled { return true }
    if !message.unknownFields.isEmpty { return false }
    for slot in message.fields {
      if !slot.wasRead {
        let isUnset = slot.value.isDefault && !message.descriptor.fields[slot.index].hasPresence
        if !isUnset { return false }
      } else if !isSilent(slot.value) {
        return false
      }
    }
    return message.content.map { isSilent($0) } ?? true
  }

  private static func isSilent(_ value: FieldValue) -> Bool {
    switch value {
    case .message(let inner): isSilent(inner)
    case .list(let elements): elements.allSatisfy { isSilent($0) }
    default: true
    }
  }

  private func walk(_ message: Message, _ path: FieldPath) {
    if message.isSettled { return }
    for slot in message.fields {
      let field = message.descriptor.fields[slot.index]
      if !field.hasPresence && slot.value.isDefault { continue }
      let fieldPath = path.field(field.name)
      if slot.wasRead {
        walk(slot.value, of: field, fieldPath)
      } else {
        say(field.name, in: message, fieldPath, slot.position ?? message.position)
      }
    }
    walkUnknown(message, path)
    if let content = message.content { walk(content, path) }
  }

  private func walk(_ value: FieldValue, of field: FieldDescriptor, _ path: FieldPath) {
    switch value {
    case .message(let inner): walk(inner, path)
    case .list(let elements):
      for (index, element) in elements.enumerated() {
        guard let inner = element.message, !Self.isSilent(inner) else { continue }
        if inner.descriptor.isMapEntry(of: field), let content = inner["value"]?.message {
          walk(content, path.key(inner["key"]?.string ?? ""))
        } else {
          walk(inner, MessageView.label(inner, path, index))
        }
      }
    default: break
    }
  }

  private func walkUnknown(_ message: Message, _ path: FieldPath) {
    var told: Set<UInt32> = []
    for field in message.unknownFields where told.insert(field.number).inserted {
      let name = OfficialSchema.fieldName(field.number, in: message.descriptor.name)
      let label = name ?? "field \(field.number)"
      say(label, in: message, path.field(label), message.position)
    }
  }

  private func say(
    _ field: String, in message: Message, _ path: FieldPath, _ position: ConfigFinding.Position?
  ) {
    if FieldStanding.mayBeIgnored(field, in: message.descriptor.name) {
      report.add(.ignored, path, "ignored (not implemented)", position)
    } else {
      report.reject(path, "not implemented, and to ignore it would change what is meant", position)
    }
  }
}
