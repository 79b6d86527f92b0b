import HTTPTypes
import Hummingbird

/// Answers, while there is no token, only calls that name this machine.
///
/// A page in the operator's browser reaches 127.0.0.1 under a name of its own, which its owner lets
/// resolve to that address (DNS rebinding). Such a call names a foreign host.
struct LocalAuthority: RouterMiddleware {
  typealias Context = BasicRequestContext

  let isRequired: Bool

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let authority = request.head.authority ?? ""
    guard !isRequired || Self.isLocal(authority) else {
      throw Problem(
        .misdirectedRequest, "foreign-host", "without a token only local names are answered",
        found: authority, accepted: ["localhost", "127.0.0.1", "[::1]"])
    }
    return try await next(request, context)
  }

  private static func isLocal(_ authority: String) -> Bool {
    let address = ListenAddress(authority) ?? ListenAddress(authority + ":80")
    return address?.isLoopback ?? false
  }
}
