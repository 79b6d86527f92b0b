import HTTPTypes
import Hummingbird
import Logging
import Manifests
import MeshModel
import MeshStore
import NIOCore

extension PushAPI {
  /// `POST /v1/apply`: stores every document of the body, or none.
  func apply(_ request: Request) async throws -> Response {
    let manifests = try await documents(of: request) { try Manifest.decode($0) }
    let outcome = try await repository.apply(
      manifests, expectedRevision: try Self.expectedRevision(request),
      isDryRun: try Self.isDryRun(request))
    return try reply(to: request, with: outcome)
  }

  /// `POST /v1/delete`: removes every object that a document of the body names, or none.
  func deleteAll(_ request: Request) async throws -> Response {
    let references = try await documents(of: request) { try Manifest.references($0) }
    let expected = try Self.expectedRevision(request)
    let isDryRun = try Self.isDryRun(request)
    let outcome = try await Self.refusingWhatIsInUse("an object that was to be deleted") {
      try await repository.delete(references, expectedRevision: expected, isDryRun: isDryRun)
    }
    return try reply(to: request, with: outcome)
  }

  /// `GET /v1/{kind}/{namespace}/{name}`.
  func get(_ request: Request, key: ObjectKey) throws -> Response {
    guard let stored = repository.object(key) else { throw Problem.noSuchObject(key) }
    return Payload.document(
      try document(of: stored), in: ResponseFormat(request), revision: stored.revision)
  }

  /// `GET /v1/{kind}` and `GET /v1/{kind}/{namespace}`: a `List`, which `apply` takes again.
  func list(_ request: Request, kind: String?, namespace: String? = nil) throws -> Response {
    if let namespace, !DNSName.isLabel(namespace) {
      throw Problem(
        .badRequest, "namespace", "no namespace can have this name", found: namespace,
        accepted: [DNSName.rule])
    }
    let revision = repository.snapshot.revision
    let items = try repository.objects(Self.kind(kind), namespace: namespace).map(document)
    let list = DocumentNode(
      .map([
        .init(key: "apiVersion", node: DocumentNode(.string("v1"))),
        .init(key: "kind", node: DocumentNode(.string("List"))),
        .init(key: "items", node: DocumentNode(.list(items))),
      ]))
    return Payload.document(list, in: ResponseFormat(request), revision: revision)
  }

  /// `DELETE /v1/{kind}/{namespace}/{name}`.
  func delete(_ request: Request, key: ObjectKey) async throws -> Response {
    let expected = try Self.expectedRevision(request)
    let revision = try await Self.refusingWhatIsInUse("\(key)") {
      try await repository.delete(key, expectedRevision: expected)
    }
    guard let revision else { throw Problem.noSuchObject(key) }
    log([key: .deleted], revision: revision)
    return try Payload.json(
      encoding: DeleteReply(revision: revision), revision: revision, as: ResponseFormat(request))
  }

  private static func refusingWhatIsInUse<Outcome: Sendable>(
    _ subject: String, _ remove: () async throws -> Outcome
  ) async throws -> Outcome {
    do {
      return try await remove()
    } catch let faults as ManifestFaults {
      throw Problem(
        .conflict, "in-use", "\(subject) is still needed by other objects",
        faults: faults.faults.map(inUse))
    }
  }

  /// What a removal would break, told as the use that holds it up.
  private static func inUse(_ fault: MeshFault) -> MeshFault {
    var fault = fault
    fault.message = "names what was to be deleted; change or delete this one first"
    return fault
  }

  private func reply(to request: Request, with outcome: ApplyOutcome) throws -> Response {
    if try !Self.isDryRun(request) {
      let changes = outcome.objects.map { ($0.key, $0.change) }
      log(Dictionary(changes) { _, last in last }, revision: outcome.revision)
    }
    let reply = ApplyReply(
      revision: outcome.revision,
      objects: outcome.objects.map { object in
        ApplyReply.Object(
          kind: object.key.kind.rawValue, namespace: object.key.namespace, name: object.key.name,
          change: object.change, ignored: object.ignored.map(\.description))
      })
    return try Payload.json(
      encoding: reply, revision: outcome.revision, as: ResponseFormat(request))
  }

  /// One line for each call that stores or removes: the revision, and what was done to how many.
  private func log(_ changes: [ObjectKey: ApplyOutcome.Change], revision: UInt64) {
    var metadata: Logger.Metadata = ["revision": "\(revision)"]
    for (change, keys) in Dictionary(grouping: changes.keys, by: { changes[$0] }) {
      guard let change else { continue }
      let named = keys.sorted().prefix(3).map(\.description).joined(separator: ", ")
      let more = keys.count > 3 ? ", ..." : ""
      metadata[change.rawValue] = "\(keys.count) (\(named)\(more))"
    }
    logger.info("the mesh was declared", metadata: metadata)
  }

  private func document(of stored: StoredObject) throws -> DocumentNode {
    guard let document = try DocumentReader.documents(in: stored.json).first else {
      throw Problem(.internalServerError, "unreadable", "\(stored.key) is stored as nothing")
    }
    return document.stamped(revision: stored.revision)
  }

  // MARK: Reading requests

  private static let contentTypes = ["application/yaml", "application/json"]

  private static func checkContentType(_ request: Request) throws {
    let given = request.headers[.contentType] ?? "none"
    let type = given.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard contentTypes.contains(type) else {
      throw Problem(
        .unsupportedMediaType, "content-type", "this Content-Type is not taken", found: given,
        accepted: contentTypes)
    }
  }

  /// Reads the documents of a body, of which there has to be one at least.
  ///
  /// One push is read at a time, and on a thread of its own: a large one takes seconds, which
  /// neither the proxies nor the other calls are to wait for.
  private func documents<Document: Sendable>(
    of request: Request, _ decode: @escaping @Sendable (String) throws -> [Document]
  ) async throws -> [Document] {
    try Self.checkContentType(request)
    let text = try await body(of: request)
    let documents = try await withCheckedThrowingContinuation { continuation in
      reading.async { continuation.resume(with: Result { try decode(text) }) }
    }
    guard !documents.isEmpty else {
      throw Problem(
        .badRequest, "empty-push", "the body holds no document, or a List without items")
    }
    return documents
  }

  /// Reads the body to its end. What is beyond the limit is read and dropped, so that a client
  /// that writes before it reads gets to see the refusal; one that goes on and on is cut off.
  private func body(of request: Request) async throws -> String {
    let limit = configuration.maxBodyBytes
    var body = ByteBuffer()
    var length = 0
    for try await buffer in request.body {
      length += buffer.readableBytes
      if length <= limit { body.writeImmutableBuffer(buffer) }
      guard length <= 16 * limit else { break }
    }
    guard length <= limit else {
      throw Problem(
        .contentTooLarge, "body-size", "the body is longer than \(limit) bytes",
        found: length > 16 * limit ? "more than \(16 * limit) bytes" : "\(length) bytes",
        accepted: ["at most \(limit) bytes in one push"])
    }
    guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
      throw Problem(.badRequest, "encoding", "the body is not UTF-8")
    }
    return text
  }

  /// `If-Match` with a revision as `ETag` gave it.
  private static func expectedRevision(_ request: Request) throws -> UInt64? {
    guard let header = request.headers[.ifMatch], header != "*" else { return nil }
    let digits = header.hasPrefix("\"") ? header.dropFirst().dropLast() : header[...]
    guard let revision = UInt64(digits) else {
      throw Problem(
        .badRequest, "if-match", "If-Match holds no revision", found: header,
        accepted: ["\"REVISION\" as ETag gave it"])
    }
    return revision
  }

  private static func isDryRun(_ request: Request) throws -> Bool {
    switch request.uri.queryParameters["dryRun"] {
    case nil, "false": return false
    case "true": return true
    case let found?:
      throw Problem(
        .badRequest, "dry-run", "wrong value of the parameter dryRun", found: "\(found)",
        accepted: ["true", "false"])
    }
  }
}
