import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MeshStore
import NIOEmbedded

@testable import OperatorAPI

/// A push API over a store in a folder of its own, called without a socket.
final class PushAPICalls {
  struct Reply {
    var status: Int
    var headers: HTTPFields
    var body: String

    func json(_ key: String) throws -> Any? {
      (try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?[key]
    }
  }

  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private let repository: MeshRepository
  private let token: String?

  init(token: String? = nil) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    repository = try MeshRepository(path: folder.appending(path: "mesh.db").path)
    self.token = token
  }

  deinit {
    try? repository.close()
    try? FileManager.default.removeItem(at: folder)
  }

  func call(
    _ method: HTTPRequest.Method, _ path: String, _ body: String = "", type: String? = nil,
    authority: String = "127.0.0.1:18001", headers: [HTTPField.Name: String] = [:]
  ) async throws -> Reply {
    let configuration = PushAPI.Configuration(
      address: ListenAddress(host: "127.0.0.1", port: 0), token: token, database: "mesh.db",
      maxBodyBytes: 4_096)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let api = PushAPI(repository: repository, configuration: configuration, logger: logger)
    var head = HTTPRequest(method: method, scheme: "http", authority: authority, path: path)
    head.headerFields[.contentType] = type
    for (name, value) in headers { head.headerFields[name] = value }
    let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
    let context = BasicRequestContext(
      source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
    let response = try await api.router().buildResponder().respond(to: request, context: context)
    let written = Written()
    try await response.body.write(written)
    return Reply(
      status: response.status.code, headers: response.headers,
      body: String(buffer: written.buffer))
  }

  func apply(_ yaml: String) async throws -> Reply {
    try await call(.post, "/v1/apply", yaml, type: "application/yaml")
  }

  private final class Written: ResponseBodyWriter {
    var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) { self.buffer.writeImmutableBuffer(buffer) }
    func finish(_ trailers: HTTPFields?) {}
  }
}
