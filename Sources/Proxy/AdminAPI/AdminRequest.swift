import HTTPModel
import Platform

/// A response of the admin listener.
struct AdminResponse {
  var status: Int
  var contentType: String
  /// The method that would have been right, in a 405 (RFC 9110 section 15.5.6).
  var allow: String?
  var body: [UInt8]

  init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  init(status: Int = 200, text: String) { self.init(status: status, body: Array(text.utf8)) }

  static func wrongMethod(for path: String, allow: String) -> Self {
    var response = Self(status: 405, text: "\(path) takes \(allow)\n")
    response.allow = allow
    return response
  }
}

/// A request to the admin listener.
struct AdminRequest {
  private static let help = """
    GET  /ready             200 while the proxy serves, 503 and the reason while it does not
    GET  /stats             statistics; ?usedonly, ?filter=TEXT, ?format=text, json or prometheus
    GET  /stats/prometheus  statistics for Prometheus (OpenMetrics when asked for)
    GET  /config_dump       the configuration in use, as JSON
    GET  /clusters          clusters and endpoints with their statistics; ?format=json
    GET  /listeners         listeners and addresses
    GET  /certs             certificates in use and when they expire, as JSON
    POST /drain             stop accepting, finish what runs, then end

    """

  private let method: HTTPMethod
  private let path: String
  private let query: [(name: String, value: String)]
  private let wantsOpenMetrics: Bool
  /// A web page asks, in the browser of somebody who may not even know.
  private let comesFromPage: Bool

  init(_ head: RequestHead) {
    method = head.method
    path = String(head.text(head.path))
    query = String(head.text(head.query)).split(separator: "&").map {
      let parts = $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(percentDecoding: parts[1].utf8) : ""
      return (String(percentDecoding: parts[0].utf8), value)
    }
    wantsOpenMetrics = head.values(of: "accept").contains {
      $0.holds("application/openmetrics-text")
    }
    comesFromPage = !head.values(of: "origin").isEmpty
  }

  /// - Parameters:
  ///   - source: asked for what the path names.
  ///   - reply: gets the answer, at once or when the workers have had their say.
  func answer(from source: AdminSource, _ reply: @escaping (AdminResponse) -> Void) {
    guard path == "/clusters", method == .get || method == .head else {
      return reply(answer(from: source))
    }
    let asJSON = query.contains { $0 == ("format", "json") }
    source.clusters(asJSON: asJSON) {
      reply(asJSON ? AdminResponse(contentType: "application/json", body: $0) : .init(body: $0))
    }
  }

  private func answer(from source: AdminSource) -> AdminResponse {
    if path == "/drain" { return drain(source) }
    guard method == .get || method == .head else {
      return .wrongMethod(for: path, allow: "GET, HEAD")
    }
    switch path {
    case "/", "/help": return AdminResponse(text: Self.help)
    case "/ready": return ready(source)
    case "/stats": return stats(source)
    case "/stats/prometheus", "/metrics": return metrics(source)
    case "/config_dump":
      return AdminResponse(contentType: "application/json", body: source.configDump())
    case "/listeners": return AdminResponse(body: source.listenersText())
    case "/certs":
      return AdminResponse(contentType: "application/json", body: source.certificates())
    default: return AdminResponse(status: 404, text: "no such path; there are:\n\(Self.help)")
    }
  }

  private func ready(_ source: AdminSource) -> AdminResponse {
    guard let reason = source.reasonNotReady() else { return AdminResponse(text: "LIVE\n") }
    return AdminResponse(status: 503, text: "\(reason)\n")
  }

  private func stats(_ source: AdminSource) -> AdminResponse {
    let usedOnly = query.contains { $0.name == "usedonly" }
    let filter = value(of: "filter")
    switch value(of: "format") ?? "text" {
    case "text": return AdminResponse(body: source.statsText(usedOnly: usedOnly, filter: filter))
    case "json":
      return AdminResponse(
        contentType: "application/json", body: source.statsJSON(usedOnly: usedOnly, filter: filter))
    case "prometheus": return metrics(source)
    case let other:
      return AdminResponse(
        status: 400, text: "found format \(other), accepted: text, json, prometheus\n")
    }
  }

  private func value(of name: String) -> String? { query.first { $0.name == name }?.value }

  private func metrics(_ source: AdminSource) -> AdminResponse {
    let (contentType, body) = source.metrics(
      openMetrics: wantsOpenMetrics, usedOnly: query.contains { $0.name == "usedonly" })
    return AdminResponse(contentType: contentType, body: body)
  }

  private func drain(_ source: AdminSource) -> AdminResponse {
    guard method == .post else { return .wrongMethod(for: path, allow: "POST") }
    guard !comesFromPage else {
      return AdminResponse(status: 403, text: "/drain takes no request of a web page (origin)\n")
    }
    source.beginDrain()
    return AdminResponse(text: "draining\n")
  }
}

extension RequestHead {
  fileprivate func values(of field: StaticString) -> [String] {
    (0..<fieldCount).filter { name(at: $0).equalsIgnoringCase(field) }
      .map { String(value(at: $0)) }
  }
}

extension String {
  /// The bytes as text; what is not UTF-8 is replaced.
  fileprivate init(_ bytes: Span<UInt8>) {
    self = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
  }
}
