import Config

/// A message as the translation reads it: by field name, with its path, leaving a mark on every field
/// looked at. Asking for a field that `xds/proto` does not declare is a programming fault.
struct MessageView {
  let message: Message
  let path: FieldPath
  let report: Report

  init(_ message: Message, _ path: FieldPath, _ report: Report) {
    self.message = message
    self.path = path
    self.report = report
  }

  // MARK: Scalars

  /// "" when unset, as in proto3.
  func string(_ name: String) -> String { read(name)?.string ?? "" }

  /// nil when unset or empty.
  func nonEmptyString(_ name: String) -> String? {
    let text = string(name)
    return text.isEmpty ? nil : text
  }

  /// A oneof member: nil when another or no member is set.
  func stringIfSet(_ name: String) -> String? { read(name)?.string }

  func bool(_ name: String) -> Bool { if case .bool(true)? = read(name) { true } else { false } }

  func boolIfSet(_ name: String) -> Bool? {
    if case .bool(let value)? = read(name) { value } else { nil }
  }

  func unsigned(_ name: String) -> UInt64 {
    if case .unsigned(let value)? = read(name) { value } else { 0 }
  }

  func unsignedIfSet(_ name: String) -> UInt64? {
    if case .unsigned(let value)? = read(name) { value } else { nil }
  }

  func signed(_ name: String) -> Int64 {
    if case .signed(let value)? = read(name) { value } else { 0 }
  }

  func double(_ name: String) -> Double {
    if case .double(let value)? = read(name) { value } else { 0 }
  }

  func bytesIfSet(_ name: String) -> [UInt8]? {
    if case .bytes(let value)? = read(name) { value } else { nil }
  }

  /// The number of an enumeration's value; 0 when unset.
  func enumeration(_ name: String) -> Int32 {
    if case .enumeration(let value)? = read(name) { value } else { 0 }
  }

  /// The name of an enumeration's value, for findings.
  func enumerationName(_ name: String) -> String {
    guard let index = message.descriptor.index(named: name),
      case .enumeration(let type) = message.descriptor.fields[index].kind
    else { return "" }
    let number = enumeration(name)
    return type.name(numbered: number) ?? String(number)
  }

  func strings(_ name: String) -> [String] { read(name)?.list.compactMap(\.string) ?? [] }

  func unsignedList(_ name: String) -> [UInt64] {
    (read(name)?.list ?? []).compactMap { if case .unsigned(let value) = $0 { value } else { nil } }
  }

  // MARK: Messages

  /// True when the field is set; marks it as looked at.
  func has(_ name: String) -> Bool { read(name) != nil }

  func view(_ name: String) -> MessageView? {
    guard let inner = read(name)?.message else { return nil }
    return MessageView(inner, path.field(name), report)
  }

  /// A message field that is not set, as if it were and had nothing in it.
  func empty(_ name: String) -> MessageView {
    guard let index = message.descriptor.index(named: name),
      case .message(let type) = message.descriptor.fields[index].kind
    else { preconditionFailure("\(name) of \(message.descriptor.name) is a message") }
    let nothing = Message(Schema.shared.declared(type), position: message.position)
    return MessageView(nothing, path.field(name), report)
  }

  /// The elements of a list, each with its name or index in its path.
  func views(_ name: String) -> [MessageView] {
    let elements = read(name)?.list ?? []
    return elements.enumerated().compactMap { index, element in
      guard let inner = element.message else { return nil }
      return MessageView(inner, Self.label(inner, path.field(name), index), report)
    }
  }

  /// The entries of a map field of messages. The fields of a `google.protobuf.Struct` have no name of
  /// their own in paths, as they have none in files.
  func entries(_ name: String) -> [(key: String, value: MessageView)] {
    let isStruct = message.descriptor.name == WellKnownType.structure.rawValue
    let map = isStruct ? path : path.field(name)
    return (read(name)?.list ?? []).compactMap { element in
      guard let entry = element.message, let value = entry["value"]?.message else { return nil }
      let key = entry["key"]?.string ?? ""
      entry.markRead(0)
      entry.markRead(1)
      return (key, MessageView(value, map.key(key), report))
    }
  }

  /// The message inside an `Any` field; nil when it is unset, of an unknown type or broken. Broken
  /// content is reported here.
  func opened(_ name: String) -> MessageView? {
    guard let any = view(name) else { return nil }
    return any.openedContent()
  }

  /// This view's own content, when it is an `Any`.
  func openedContent() -> MessageView? {
    let url = string("type_url")
    _ = read("value")
    if let content = message.openedContent() { return MessageView(content, path, report) }
    if AnyType.descriptor(for: url) != nil {
      reject("the bytes are not a \(AnyType.name(of: url))")
    }
    return nil
  }

  /// The short type of an `Any` field, "" when unset.
  func typeName(_ name: String) -> String {
    AnyType.name(of: read(name)?.message?["type_url"]?.string ?? "")
  }

  /// How a list element is called in paths.
  static func label(_ message: Message, _ list: FieldPath, _ index: Int) -> FieldPath {
    if let name = message["name"]?.string, !name.isEmpty { return list.key(name) }
    return list.index(index)
  }

  // MARK: Findings

  /// Rejects this message; nothing else is said about what is in it.
  func reject(_ text: String) {
    report.reject(path, text, message.position)
    message.isSettled = true
  }

  /// Rejects one field; nothing else is said about it.
  func reject(_ name: String, _ text: String) {
    report.reject(path.field(name), text, position(of: name))
    settle(name)
  }

  /// Rejects a field's text, which is quoted up to a length.
  func reject(_ name: String, found text: String, accepted: String) {
    reject(name, "found \(Self.quoted(text)), accepted: \(accepted)")
  }

  /// A text in quotation marks; a long one is cut, and its length said.
  static func quoted(_ text: String) -> String {
    let bytes = text.utf8.count
    return bytes <= 256 ? "\"\(text)\"" : "\"\(text.prefix(64))...\" (\(bytes) bytes)"
  }

  /// Rejects what a path below this message names: what came to light when its parts were put together.
  func reject(below names: String, _ text: String) {
    report.reject(path.field(names), text, position(of: Self.firstName(in: names)))
  }

  /// Rejects an element of a list of scalars.
  func reject(_ name: String, at index: Int, _ text: String) {
    report.reject(path.field(name).index(index), text, position(of: name))
  }

  /// Ignores this message as a whole.
  func ignore(_ text: String) {
    report.add(.ignored, path, text, message.position)
    message.isSettled = true
  }

  func ignore(_ name: String, _ text: String) {
    report.add(.ignored, path.field(name), text, position(of: name))
    settle(name)
  }

  /// Says of a field that is used what it does not do.
  func warn(_ name: String, _ text: String) {
    report.add(.warned, path.field(name), text, position(of: name))
  }

  /// The same of what a path below this message names.
  func warn(below names: String, _ text: String) {
    report.add(.warned, path.field(names), text, position(of: Self.firstName(in: names)))
  }

  private static func firstName(in names: String) -> String {
    String(names.prefix { $0 != "." && $0 != "[" })
  }

  /// Marks the fields as implemented here although their value changes nothing.
  func accept(_ names: String...) { for name in names { settle(name) } }

  private func settle(_ name: String) {
    switch read(name) {
    case .message(let inner)?: inner.isSettled = true
    case .list(let values)?: for value in values { value.message?.isSettled = true }
    default: break
    }
  }

  func position(of name: String) -> ConfigFinding.Position? {
    message.descriptor.index(named: name).flatMap { message.field(at: $0)?.position }
      ?? message.position
  }

  private func read(_ name: String) -> FieldValue? {
    guard let index = message.descriptor.index(named: name) else {
      preconditionFailure("\(message.descriptor.name) declares \(name)")
    }
    message.markRead(index)
    return message.field(at: index)?.value
  }
}
