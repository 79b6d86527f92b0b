import HTTPTypes
import Hummingbird
import MeshModel

/// Refuses query parameters that no call of the method takes: a misspelt one would change what the
/// call does.
struct KnownParameters: RouterMiddleware {
  typealias Context = BasicRequestContext

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let known = request.method == .post ? ["dryRun"] : []
    var given: Set<String> = []
    for (key, _) in request.uri.queryParameters {
      let name = String(key)
      guard known.contains(name) else { throw Self.unknown(name, known) }
      guard given.insert(name).inserted else {
        throw Problem(.badRequest, "parameter", "the parameter \(name) is given twice")
      }
    }
    return try await next(request, context)
  }

  private static func unknown(_ name: String, _ known: [String]) -> Problem {
    guard !known.isEmpty else {
      return Problem(.badRequest, "parameter", "this call takes no parameters", found: name)
    }
    let near = nearestHint(to: name, in: known)
    return Problem(
      .badRequest, "parameter", "this call takes no parameter of this name\(near)", found: name,
      accepted: known)
  }
}
