import HTTPModel

/// A response of the admin listener.
struct AdminResponse {
  var status: Int
  var contentType: String
  var body: [UInt8]

  init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  init(status: Int = 200, text: String) { self.init(status: status, body: Array(text.utf8)) }

  var reason: String {
    switch status {
    case 200: "OK"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 503: "Service Unavailable"
    default: "Error"
    }
  }
}

/// A request to the admin listener.
struct AdminRequest {
  private static let help = """
    GET  /ready             200 while the proxy serves, 503 and the reason while it does not
    GET  /stats             statistics as text; ?usedonly, ?filter=TEXT
    GET  /stats/prometheus  statistics for Prometheus (OpenMetrics when asked for)
    GET  /config_dump       the configuration in use, as JSON
    GET  /clusters          clusters and endpoints
    GET  /listeners         listeners and addresses
    POST /drain             stop accepting, finish what runs, then end

    """

  private let method: HTTPMethod
  private let path: String
  private let query: [(name: String, value: String)]
  private let wantsOpenMetrics: Bool

  init(_ head: RequestHead) {
    method = head.method
    path = String(head.text(head.path))
    query = String(head.text(head.query)).split(separator: "&").map {
      let parts = $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    var accepts = ""
    for index in 0..<head.fields.count
    where head.name(at: index).equalsIgnoringCase("accept") {
      accepts += String(head.value(at: index))
    }
    wantsOpenMetrics = accepts.contains("application/openmetrics-text")
  }

  /// - Parameter source: asked for what the path names.
  func answer(from source: AdminSource) -> AdminResponse {
    if path == "/drain" { return drain(source) }
    guard method == .get || method == .head else {
      return AdminResponse(status: 405, text: "\(path) takes GET\n")
    }
    switch path {
    case "/", "/help": return AdminResponse(text: Self.help)
    case "/ready": return ready(source)
    case "/stats":
      return AdminResponse(
        body: source.statsText(
          usedOnly: query.contains { $0.name == "usedonly" },
          filter: query.first { $0.name == "filter" }?.value))
    case "/stats/prometheus", "/metrics": return metrics(source)
    case "/config_dump":
      return AdminResponse(contentType: "application/json", body: source.configDump())
    case "/clusters": return AdminResponse(body: source.clustersText())
    case "/listeners": return AdminResponse(body: source.listenersText())
    default: return AdminResponse(status: 404, text: "no such path; there are:\n\(Self.help)")
    }
  }

  private func ready(_ source: AdminSource) -> AdminResponse {
    guard let reason = source.reasonNotReady() else { return AdminResponse(text: "LIVE\n") }
    return AdminResponse(status: 503, text: "\(reason)\n")
  }

  private func metrics(_ source: AdminSource) -> AdminResponse {
    AdminResponse(
      contentType: wantsOpenMetrics
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8",
      body: source.metricsText(openMetrics: wantsOpenMetrics))
  }

  private func drain(_ source: AdminSource) -> AdminResponse {
    guard method == .post else { return AdminResponse(status: 405, text: "/drain takes POST\n") }
    source.beginDrain()
    return AdminResponse(text: "draining\n")
  }
}

extension String {
  /// The bytes as text; what is not UTF-8 is replaced.
  fileprivate init(_ bytes: Span<UInt8>) {
    self = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
  }
}
