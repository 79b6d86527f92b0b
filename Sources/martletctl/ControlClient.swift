import Foundation
import MeshModel

/// Calls of the push API.
struct ControlClient: Sendable {
  let server: URL
  let token: String?

  /// What the control plane answered when it did as asked.
  struct Reply: Sendable {
    var body: Data

    /// The body as it is to be printed: JSON with a line for each member.
    func text(as format: OutputFormat) -> String {
      let options: JSONSerialization.WritingOptions = [
        .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
      ]
      guard format == .json, let value = try? JSONSerialization.jsonObject(with: body),
        let pretty = try? JSONSerialization.data(withJSONObject: value, options: options)
      else { return String(decoding: body, as: UTF8.self) }
      return String(decoding: pretty, as: UTF8.self) + "\n"
    }

    func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
      do {
        return try JSONDecoder().decode(type, from: body)
      } catch {
        throw Failure("the answer of the control plane is not understood: \(error)")
      }
    }
  }

  /// Sends one call.
  ///
  /// - Parameter path: segments after the server's address; they are percent-encoded here.
  /// - Throws: `Failure` when nobody answers, `ProblemReply` when the answer is a refusal.
  func call(
    _ method: String, _ path: [String], query: [String: String] = [:], body: String? = nil,
    contentType: String = "application/yaml", accept: OutputFormat = .json
  ) throws -> Reply {
    var headers = ["Accept: \(accept.mediaType)", "User-Agent: martletctl/\(martletVersion)"]
    if let token { headers.append("Authorization: Bearer \(token)") }
    if body != nil { headers.append("Content-Type: \(contentType)") }
    let response = try send(
      HTTPCall(method: method, url: url(path, query), headers: headers, body: body))
    if response.status == 401 {
      throw Failure(
        "\(server) asks for the operator's token\(token == nil ? "" : ", and not for this one")"
          + ": --token-file FILE, or MARTLET_TOKEN")
    }
    guard (200..<300).contains(response.status) else {
      throw ProblemReply(response.body, status: response.status, server: server)
    }
    return Reply(body: response.body)
  }

  private func url(_ path: [String], _ query: [String: String]) -> URL {
    let url = path.reduce(server) { $0.appendingPathComponent($1) }
    guard !query.isEmpty, var components = URLComponents(url: url, resolvingAgainstBaseURL: false)
    else { return url }
    components.queryItems = query.map { URLQueryItem(name: $0.key, value: $0.value) }
    return components.url ?? url
  }

  private func send(_ call: HTTPCall) throws -> HTTPCall.Response {
    do {
      return try call.perform()
    } catch {
      throw failure(error)
    }
  }

  private func failure(_ fault: HTTPCall.Fault) -> Failure {
    switch fault.cause {
    case .unreachable:
      Failure(
        """
        no control plane answers at \(server)
          start one:          martlet-control
          or name another:    martletctl --server http://HOST:PORT, or MARTLET_CONTROL
        """)
    case .timeout:
      Failure(
        "the control plane at \(server) did not answer within \(HTTPCall.patienceSeconds) s")
    case .other:
      Failure(
        "the call to \(server) failed: \(fault)"
          + (server.scheme == "https"
            ? "\n  martlet-control itself speaks http://, without TLS" : ""))
    }
  }
}

/// What went wrong, ready to be read by an operator.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
