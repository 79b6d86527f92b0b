import Config

extension HeaderMutationsConfig {
  /// Reads the four `*_headers_to_*` fields, which have the same names at each level.
  init(translating view: MessageView) {
    self.init()
    requestAdd = Self.additions(in: view, "request_headers_to_add", .requestHeader)
    responseAdd = Self.additions(in: view, "response_headers_to_add", .responseHeader)
    requestRemove = Self.removals(in: view, "request_headers_to_remove")
    responseRemove = Self.removals(in: view, "response_headers_to_remove")
  }

  private static func removals(in view: MessageView, _ name: String) -> [String] {
    let names = view.strings(name).map { $0.lowercased() }
    for (index, header) in names.enumerated() {
      if let fault = fault(of: header, fixed) { view.reject(name, at: index, fault) }
    }
    return names
  }

  private static func additions(
    in view: MessageView, _ name: String, _ place: FormatPlace
  ) -> [HeaderValueConfig] {
    view.views(name).compactMap { option in
      guard let header = option.view("header") else {
        option.reject("header", "required")
        return nil
      }
      let action = appendAction(of: option)
      let key = header.required("key").lowercased()
      if !key.isEmpty, let fault = fault(of: key, fixed + hopByHop) {
        header.reject("key", fault)
      }
      let text = text(of: header)
      let keepsEmpty = option.bool("keep_empty_value")
      if text.isEmpty && !keepsEmpty { return nil }
      do throws(FormatFault) {
        let value = try FormatString(parsing: text, in: place)
        return HeaderValueConfig(name: key, value: value, appendAction: action)
      } catch {
        header.reject("value", error.text)
        return nil
      }
    }
  }

  /// Why a header may not be changed; nil when it may.
  private static func fault(of name: String, _ fixed: [String]) -> String? {
    let found = "found \(MessageView.quoted(name))"
    if !HeaderText.isName(name) { return "\(found), accepted: a header name" }
    return fixed.contains(name)
      ? "\(found), accepted: any header but \(fixed.joined(separator: ", "))" : nil
  }

  /// The host, what frames a message, what the proxy says of its own connection, and what makes one side
  /// wait for the other.
  private static let fixed = [
    "host", "content-length", "transfer-encoding", "connection", "te", "expect",
  ]
  /// Never sent on, so that there is nothing to remove (RFC 9110 section 7.6.1).
  private static let hopByHop = ["keep-alive", "proxy-connection", "upgrade"]

  private static func text(of header: MessageView) -> String {
    var text = header.string("value")
    if let raw = header.bytesIfSet("raw_value"), !raw.isEmpty {
      text = String(validating: raw, as: UTF8.self) ?? ""
      if text.isEmpty { header.reject("raw_value", "accepted: UTF-8") }
    }
    if !HeaderText.isValue(text) {
      header.reject("value", "found a control character, accepted: visible text")
    }
    return text
  }

  private static func appendAction(of option: MessageView) -> HeaderValueConfig.AppendAction {
    let action = option.enumerationName("append_action")
    if let append = option.wrappedBool("append") {
      guard action == "APPEND_IF_EXISTS_OR_ADD" else {
        option.reject("append", "append and append_action exclude one another; use append_action")
        return .appendIfExistsOrAdd
      }
      return append ? .appendIfExistsOrAdd : .overwriteIfExistsOrAdd
    }
    switch action {
    case "ADD_IF_ABSENT": return .addIfAbsent
    case "OVERWRITE_IF_EXISTS_OR_ADD": return .overwriteIfExistsOrAdd
    case "OVERWRITE_IF_EXISTS": return .overwriteIfExists
    default: return .appendIfExistsOrAdd
    }
  }
}
