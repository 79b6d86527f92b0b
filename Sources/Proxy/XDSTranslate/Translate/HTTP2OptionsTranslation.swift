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
    connectionWindowBytes = sum.map { Int32($0) }
    let table = view.wrappedCount("hpack_table_size", in: 0...Self.mostTableBytes)
    headerTableBytes = table.map { UInt32($0) } ?? headerTableBytes
    allowsConnect = view.bool("allow_connect")
    keepAlive = view.view("connection_keepalive").flatMap { KeepAlive(translating: $0) }
    // A malformed message ends its own stream only, as this asks for.
    view.accept(
      "stream_error_on_invalid_http_messaging", "override_stream_error_on_invalid_http_message")
    for name in Self.floodBounds where view.has(name) {
      view.ignore(name, "ignored: floods are ended by budgets of their own")
    }
    if !view.views("custom_settings_parameters").isEmpty {
      view.ignore(
        "custom_settings_parameters", "ignored: no settings are sent but those of the other fields")
    }
  }

  private static let floodBounds = [
    "max_outbound_frames", "max_outbound_control_frames",
    "max_consecutive_inbound_frames_with_empty_payload", "max_inbound_priority_frames_per_stream",
    "max_inbound_window_update_frames_per_data_frame_sent",
  ]

  /// More would be memory that a peer fills on every connection.
  private static let mostTableBytes: UInt64 = 1 << 20
}

extension HTTP2OptionsConfig.KeepAlive {
  fileprivate init?(translating view: MessageView) {
    let timeout = view.duration("timeout", .moreThanZero)
    if !view.has("timeout") { view.reject("timeout", "required") }
    if view.has("interval_jitter") {
      view.ignore("interval_jitter", "ignored: connections begin, and ask, at times of their own")
    }
    if view.has("connection_idle_interval") {
      view.ignore("connection_idle_interval", "ignored: no request waits for a PING")
    }
    guard let interval = view.duration("interval", .moreThanZero), let timeout else { return nil }
    self.init(interval: interval, timeout: timeout)
  }
}
