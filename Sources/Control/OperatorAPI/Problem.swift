import HTTPTypes
import Hummingbird
import Logging
import Manifests
import MeshModel
import MeshStore

/// A refusal as RFC 9457 writes it, `application/problem+json`.
struct Problem: Error {
  var status: HTTPResponse.Status
  /// The last part of the problem's type, `urn:martlet:problem:NAME`.
  var name: String
  var detail: String
  var found: String?
  var accepted: [String]
  var faults: [MeshFault]

  init(
    _ status: HTTPResponse.Status, _ name: String, _ detail: String, found: String? = nil,
    accepted: [String] = [], faults: [MeshFault] = []
  ) {
    self.status = status
    self.name = name
    self.detail = detail
    self.found = found
    self.accepted = accepted
    self.faults = faults
  }

  static func noSuchObject(_ key: ObjectKey) -> Self {
    Problem(.notFound, "no-such-object", "there is no \(key)")
  }

  /// The problem that any error of a handler amounts to; nil for a fault of our own.
  init?(_ error: any Error) {
    switch error {
    case let problem as Problem:
      self = problem
    case let faults as ManifestFaults:
      let count = faults.faults.count
      self.init(
        .unprocessableContent, "invalid-manifest",
        count == 1 ? "\(faults.faults[0])" : "\(count) faults; nothing was stored",
        faults: faults.faults)
    case let conflict as RevisionConflict:
      let subject = conflict.key.map(\.description) ?? "the store"
      self.init(
        conflict.key == nil ? .preconditionFailed : .conflict, "revision-conflict",
        "\(subject) is at revision \(conflict.found), not \(conflict.expected)",
        found: "\(conflict.found)")
    case let error as HTTPError:
      self.init(error.status, "http", error.body ?? error.status.reasonPhrase)
    default:
      return nil
    }
  }

  static let mediaType = "application/problem+json"

  func response() throws -> Response {
    Payload.json(try Payload.text(self), status: status, type: Self.mediaType)
  }

  /// The members of the JSON object.
  struct Body: Encodable {
    struct Fault: Encodable {
      /// From one, as in the detail.
      var document: Int?
      var object: String?
      var path: String
      var line: Int?
      var message: String
      var found: String?
      var accepted: [String]
    }

    var type: String
    var title: String
    var status: Int
    var detail: String
    var found: String?
    var accepted: [String]?
    var faults: [Fault]?

    init(problem: Problem) {
      type = "urn:martlet:problem:\(problem.name)"
      title = problem.status.reasonPhrase
      status = problem.status.code
      detail = problem.detail
      found = problem.found
      accepted = problem.accepted.isEmpty ? nil : problem.accepted
      let faults = problem.faults.map { fault in
        Fault(
          document: fault.document.map { $0 + 1 }, object: fault.object?.description,
          path: fault.path.description, line: fault.line, message: fault.message,
          found: fault.found, accepted: fault.accepted)
      }
      self.faults = faults.isEmpty ? nil : faults
    }
  }
}

/// Turns whatever a handler throws into a problem.
struct ProblemResponses: RouterMiddleware {
  typealias Context = BasicRequestContext

  let logger: Logger

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      if let problem = Problem(error) { return try problem.response() }
      logger.error(
        "a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return try Problem(.internalServerError, "internal", "\(error)").response()
    }
  }
}
