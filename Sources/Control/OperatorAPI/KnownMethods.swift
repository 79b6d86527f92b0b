import HTTPTypes
import Hummingbird
import MeshModel

/// Refuses methods that a path does not have (RFC 9110, 15.5.6). The router takes such a path for one
/// that is not there, or for an object's.
struct KnownMethods: RouterMiddleware {
  typealias Context = BasicRequestContext

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let segments = request.uri.path.split(separator: "/").map(String.init)
    guard let methods = Self.methods(of: segments), !methods.contains(request.method) else {
      return try await next(request, context)
    }
    let names = methods.map(\.rawValue)
    var refusal = try Problem(
      .methodNotAllowed, "method", "this path does not take this method",
      found: request.method.rawValue, accepted: names
    ).response()
    refusal.headers[.allow] = names.joined(separator: ", ")
    return refusal
  }

  /// Nil for a path that is not there.
  private static func methods(of path: [String]) -> [HTTPRequest.Method]? {
    switch path {
    case ["healthz"], ["openapi.json"], ["v1", "status"]: return [.get, .head]
    case ["v1", "apply"], ["v1", "delete"]: return [.post]
    default: break
    }
    guard path.count > 1, path[0] == "v1", MeshKind(spelling: path[1]) != nil else { return nil }
    switch path.count {
    case 2, 3: return [.get, .head]
    case 4: return [.get, .head, .delete]
    default: return nil
    }
  }
}
