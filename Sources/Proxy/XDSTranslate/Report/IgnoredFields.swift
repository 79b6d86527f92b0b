import Config

/// Walks a translated message and reports every field that is set and was never looked at. What
/// changes the meaning of the rest is rejected, the remainder is ignored.
struct IgnoredFields {
  let report: Report

  static func report(in view: MessageView) {
    IgnoredFields(report: view.report).walk(view.message, view.path)
  }

  private func walk(_ message: Message, _ path: FieldPath) {
    if message.isSettled { return }
    for slot in message.fields {
      let field = message.descriptor.fields[slot.index]
      if !field.hasPresence && slot.value.isDefault { continue }
      let fieldPath = path.field(field.name)
      if slot.wasRead {
        walk(slot.value, fieldPath)
      } else {
        say(field.name, in: message, fieldPath, slot.position ?? message.position)
      }
    }
    walkUnknown(message, path)
    if let content = message.content { walk(content, path) }
  }

  private func walk(_ value: FieldValue, _ path: FieldPath) {
    switch value {
    case .message(let inner): walk(inner, path)
    case .list(let elements):
      for (index, element) in elements.enumerated() {
        guard let inner = element.message else { continue }
        walk(inner, MessageView.label(inner, path, index))
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
    switch FieldStanding.of(field, in: message.descriptor.name) {
    case .rejected:
      report.reject(path, "not implemented, and to ignore it would change what is meant", position)
    case .ignored: report.add(.ignored, path, "ignored (not implemented)", position)
    }
  }
}
