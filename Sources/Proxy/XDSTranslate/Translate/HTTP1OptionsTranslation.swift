import Config

extension HTTP1OptionsConfig {
  /// From an `Http1ProtocolOptions`: what has a meaning towards clients and endpoints alike.
  init(translating view: MessageView) {
    self.init()
    // Trailers pass, and methods of any name, whether that is asked for or not.
    view.accept("enable_trailers", "allow_custom_methods")
    if view.bool("allow_chunked_length") {
      view.reject("allow_chunked_length", "found true: a message of two lengths is never taken")
    }
    if view.wrappedBool("override_stream_error_on_invalid_http_message") == true {
      let end = "a connection ends with its first malformed message"
      view.ignore("override_stream_error_on_invalid_http_message", "ignored: \(end)")
    }
    if let format = view.view("header_key_format") {
      nameForm = NameForm(translating: format) ?? nameForm
    }
  }

  /// Towards endpoints.
  static func ofCluster(_ view: MessageView) -> HTTP1OptionsConfig {
    for name in ["allow_absolute_url", "accept_http_10", "default_host_for_http_10"]
    where view.has(name) { view.ignore(name, "ignored: it is about requests of clients") }
    return HTTP1OptionsConfig(translating: view)
  }
}

extension HTTP1OptionsConfig.NameForm {
  fileprivate init?(translating format: MessageView) {
    if format.has("proper_case_words") {
      self = .properCase
      return
    }
    let accepted =
      "accepted: proper_case_words, or stateful_formatter with \(TypeName.preserveCase)"
    guard let formatter = format.view("stateful_formatter") else {
      format.reject("required; \(accepted)")
      return nil
    }
    _ = formatter.string("name")
    guard formatter.typeName("typed_config") == TypeName.preserveCase else {
      formatter.reject("formatter \(formatter.extensionName) is not implemented; \(accepted)")
      return nil
    }
    if let options = formatter.opened("typed_config") { Self.readOptions(options) }
    self = .preserved
  }

  private static func readOptions(_ options: MessageView) {
    if options.bool("forward_reason_phrase") {
      options.ignore("forward_reason_phrase", "ignored: the status has its registered phrase")
    }
    if options.enumerationName("formatter_type_on_envoy_headers") == "PROPER_CASE" {
      options.ignore(
        "formatter_type_on_envoy_headers", "ignored: what the proxy adds is in lower case")
    }
  }
}
