import Config

extension HTTP2OptionsConfig {
  /// From an `Http2ProtocolOptions`.
  init(translating view: MessageView) {
    self.init()
    let largest = UInt64(Int32.max)
    let streams = view.wrappedCount("max_concurrent_streams", in: 1...largest)
    maxConcurrentStreams = streams.map { UInt32($0) } ?? maxConcurrentStreams
    let window = view.wrappedCount("initial_stream_window_size", in: 65_535...largest)
    streamWindowBytes = window.map { Int32($0) } ?? streamWindowBytes
    let sum = view.wrappedCount("initial_connection_window_size", in: 65_535...largest)
    connectionWindowBytes = sum.map { Int32($0) } ?? connectionWindowBytes
    let table = view.wrappedCount("hpack_table_size", in: 0...Self.mostTableBytes)
    headerTableBytes = table.map { UInt32($0) } ?? headerTableBytes
    allowsConnect = view.bool("allow_connect")
    keepAlive = view.view("connection_keepalive").flatMap { KeepAlive(translating: $0) }
    // A malformed message ends its own stream only, as this asks for.
    view.accept(
      "stream_error_on_invalid_http_messaging", "override_stream_error_on_invalid_http_message")
  }

  /// More would be memory that a peer fills on every connection.
  private static let mostTableBytes: UInt64 = 1 << 20
}

extension HTTP2OptionsConfig.KeepAlive {
  fileprivate init?(translating view: MessageView) {
    let timeout = view.duration("timeout", .moreThanZero)
    if !view.has("timeout") { view.reject("timeout", "required") }
    guard let interval = view.duration("interval", .moreThanZero), let timeout else { return nil }
    self.init(interval: interval, timeout: timeout)
  }
}
