import HTTPTypes
import Hummingbird

/// Refuses calls that do not bear the operator's token (RFC 6750), when there is one.
struct BearerToken: RouterMiddleware {
  typealias Context = BasicRequestContext

  let token: String?

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let token else { return try await next(request, context) }
    let header = request.headers[.authorization] ?? ""
    let given = header.lowercased().hasPrefix("bearer ") ? header.dropFirst(7) : ""
    if Self.isEqual(Array(given.utf8), Array(token.utf8)) {
      return try await next(request, context)
    }
    var refusal = try Problem(
      .unauthorized, "unauthorized", "this call needs the operator's token",
      accepted: ["Authorization: Bearer TOKEN"]
    ).response()
    refusal.headers[.wwwAuthenticate] = "Bearer"
    return refusal
  }

  /// Compares in a time that does not depend on how much agrees.
  private static func isEqual(_ given: [UInt8], _ token: [UInt8]) -> Bool {
    var difference = UInt8(given.count == token.count ? 0 : 1)
    for (index, byte) in given.enumerated() { difference |= byte ^ token[index % token.count] }
    return difference == 0
  }
}
