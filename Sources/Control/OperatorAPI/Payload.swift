import Foundation
import HTTPTypes
import Hummingbird
import Manifests

/// How a client wants documents written.
enum ResponseFormat {
  case json, yaml

  /// By `Accept`; JSON when it names neither.
  init(_ request: Request) {
    let accept = request.headers[.accept]?.lowercased() ?? ""
    self = accept.contains("yaml") ? .yaml : .json
  }
}

/// Bodies of responses.
enum Payload {
  static func json(
    _ text: String, status: HTTPResponse.Status = .ok, type: String = "application/json",
    revision: UInt64? = nil
  ) -> Response {
    var headers: HTTPFields = [.contentType: type]
    if let revision { headers[.eTag] = "\"\(revision)\"" }
    return Response(
      status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  static func json(
    encoding value: some Encodable, status: HTTPResponse.Status = .ok,
    type: String = "application/json", revision: UInt64? = nil, as format: ResponseFormat = .json
  ) throws -> Response {
    let text = try text(value)
    if format == .yaml, let document = try DocumentReader.documents(in: text).first {
      return json(document.yaml, status: status, type: "application/yaml", revision: revision)
    }
    return json(text, status: status, type: type, revision: revision)
  }

  /// A problem as JSON, which it is whatever the client accepts.
  static func text(_ problem: Problem) throws -> String {
    try text(Problem.Body(problem: problem))
  }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  static func document(
    _ document: DocumentNode, in format: ResponseFormat, revision: UInt64
  ) -> Response {
    switch format {
    case .json: json(document.json + "\n", revision: revision)
    case .yaml: json(document.yaml, type: "application/yaml", revision: revision)
    }
  }
}
