import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

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
  ) async throws -> Reply {
    var request = URLRequest(url: url(path, query), timeoutInterval: 30)
    request.httpMethod = method
    request.setValue(accept.mediaType, forHTTPHeaderField: "Accept")
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    if let body {
      request.httpBody = Data(body.utf8)
      request.setValue(contentType, forHTTPHeaderField: "Content-Type")
    }
    let (data, response) = try await send(request)
    guard let response = response as? HTTPURLResponse else {
      throw Failure("\(server) does not answer as an HTTP server does")
    }
    if response.statusCode == 401 {
      throw Failure(
        "\(server) asks for the operator's token\(token == nil ? "" : ", and not for this one")"
          + ": --token-file FILE, or MARTLET_TOKEN")
    }
    guard (200..<300).contains(response.statusCode) else {
      throw ProblemReply(data, status: response.statusCode, server: server)
    }
    return Reply(body: data)
  }

  private func url(_ path: [String], _ query: [String: String]) -> URL {
    let url = path.reduce(server) { $0.appendingPathComponent($1) }
    guard !query.isEmpty, var components = URLComponents(url: url, resolvingAgainstBaseURL: false)
    else { return url }
    components.queryItems = query.map { URLQueryItem(name: $0.key, value: $0.value) }
    return components.url ?? url
  }

  private func send(_ request: URLRequest) async throws -> (Data, URLResponse) {
    do {
      return try await URLSession.shared.data(for: request)
    } catch let error as URLError {
      throw unreachable(error)
    }
  }

  private func unreachable(_ error: URLError) -> Failure {
    switch error.code {
    case .cannotConnectToHost, .cannotFindHost, .dnsLookupFailed, .networkConnectionLost:
      Failure(
        """
        no control plane answers at \(server)
          start one:          martlet-control
          or name another:    martletctl --server http://HOST:PORT, or MARTLET_CONTROL
        """)
    case .timedOut: Failure("the control plane at \(server) did not answer within 30 s")
    default:
      Failure(
        "the call to \(server) failed: \(error.localizedDescription)"
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
