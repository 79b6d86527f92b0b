import Config
import GRPC
import HTTPModel
import Patterns

/// A compiled `RouteMatch`: all its conditions must hold.
struct RouteMatcher: Sendable {
  var path: PathMatcher
  var headers: ElementRange
  var queryParameters: ElementRange
  /// Parts per million; nil: always.
  var fraction: Int?
  var clientCertificate: ClientCertificateMatchConfig
  var takesGRPCOnly: Bool
  /// Sets apart the draws of different routes.
  var salt: UInt64

  /// - Parameter random: 64 random bits of the request.
  func matchesFurther(
    _ head: RequestHead, _ origin: RequestOrigin, random: UInt64, _ program: RouteProgram,
    _ workspace: PatternWorkspace
  ) -> Bool {
    for index in headers.indices
    where !program.headerMatchers[index].matches(head, origin, program, workspace) {
      return false
    }
    for index in queryParameters.indices
    where !program.queryMatchers[index].matches(head, program, workspace) {
      return false
    }
    guard clientCertificate.matches(origin.clientCertificate) else { return false }
    if takesGRPCOnly, head.grpcMediaType?.form != .grpc { return false }
    guard let fraction else { return true }
    let draw = ByteHash.words(random, salt).multipliedFullWidth(by: 1_000_000).high
    return draw < UInt64(fraction)
  }

  var isPathOnly: Bool {
    headers.isEmpty && queryParameters.isEmpty && fraction == nil && !takesGRPCOnly
      && clientCertificate == ClientCertificateMatchConfig()
  }
}

extension ClientCertificateMatchConfig {
  fileprivate func matches(_ standing: ClientCertificateStanding) -> Bool {
    isPresented ?? (standing != .missing) == (standing != .missing)
      && isValidated ?? (standing == .verified) == (standing == .verified)
  }
}
