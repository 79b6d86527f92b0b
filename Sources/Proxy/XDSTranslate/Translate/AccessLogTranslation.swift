import Config

extension AccessLogConfig {
  static func list(in view: MessageView, _ name: String) -> [AccessLogConfig] {
    view.views(name).compactMap { AccessLogConfig(translating: $0) }
  }

  private static let acceptedTypes =
    "accepted: envoy.access_loggers.file, envoy.access_loggers.stdout, envoy.access_loggers.stderr"

  private init?(translating view: MessageView) {
    _ = view.string("name")
    let type = view.typeName("typed_config")
    let sink: Sink
    switch type {
    case TypeName.fileAccessLog: sink = .file(path: "")
    case TypeName.stdoutAccessLog: sink = .standardOutput
    case TypeName.stderrAccessLog: sink = .standardError
    default:
      view.reject("access log \(view.extensionName) is not implemented; \(Self.acceptedTypes)")
      return nil
    }
    guard let inner = view.opened("typed_config") else { return nil }
    self.init(sink: sink)
    if case .file = sink {
      self.sink = Self.fileSink(inner.required("path"))
      readDeprecatedFormats(inner)
    }
    if let format = inner.view("log_format") { readFormat(format) }
  }

  private static func fileSink(_ path: String) -> Sink {
    switch path {
    case "/dev/stdout": .standardOutput
    case "/dev/stderr": .standardError
    default: .file(path: path)
    }
  }

  private mutating func readDeprecatedFormats(_ view: MessageView) {
    if view.has("format") { view.reject("format", Self.textRefusal) }
    if view.has("typed_json_format") {
      view.reject("typed_json_format", "not implemented; accepted: log_format.json_format")
    }
    if let json = view.view("json_format") { jsonFields = Self.fields(of: json) }
  }

  private mutating func readFormat(_ format: MessageView) {
    for name in ["text_format", "text_format_source"] where format.has(name) {
      format.reject(name, Self.textRefusal)
    }
    if let json = format.view("json_format") { jsonFields = Self.fields(of: json) }
  }

  private static let textRefusal =
    "text formats are not implemented; accepted: log_format.json_format"

  /// The keys and format strings of a `google.protobuf.Struct` with string values.
  private static func fields(of json: MessageView) -> [JSONField] {
    json.entries("fields").compactMap { key, value in
      guard let format = value.stringIfSet("string_value") else {
        value.reject("accepted: a string")
        return nil
      }
      do throws(FormatFault) {
        return JSONField(key: key, format: try FormatString(parsing: format, in: .accessLog))
      } catch {
        value.reject(error.text)
        return nil
      }
    }
  }
}
