import GRPC
import HTTPModel
import Platform
import Routing

/// What calls of gRPC ask of the proxy besides what all requests do.
extension Exchange {
  /// The request is a call of gRPC.
  var isGRPC: Bool {
    let head = requestHead
    guard let index = head.nextIndex(of: .contentType) else { return false }
    let type = head.value(at: index)
    guard type.hasPrefix("application/grpc") else { return false }
    return type.count == 16 || type[16] == UInt8(ascii: "+") || type[16] == UInt8(ascii: ";")
  }

  /// When the call, or the stream, is to be over: what `grpc-timeout` says within the route's bound, else
  /// what the route says.
  func limitDuration(_ route: Route) {
    var milliseconds = streamLimit(route)
    if isGRPC, let timeout = grpcTimeout {
      milliseconds = min(timeout, route.maxGRPCTimeoutMilliseconds ?? .max)
    }
    callDeadline = milliseconds.map { record.start.advanced(byMilliseconds: $0) } ?? .never
  }

  /// How long the route lets a stream last, else the connection manager; nil: for ever, as 0 says.
  private func streamLimit(_ route: Route) -> UInt64? {
    let limit = route.maxStreamMilliseconds ?? manager?.rules.timeouts.call ?? .max
    return limit == 0 || limit == .max ? nil : limit
  }

  private var grpcTimeout: UInt64? {
    let head = requestHead
    guard let index = head.nextIndex(named: "grpc-timeout") else { return nil }
    return GRPCTimeout.milliseconds(head.value(at: index))
  }

  /// Turns an answer of the proxy's own into one that a client of gRPC understands: its status stands in
  /// the head, and there is no body.
  func answerAsGRPC(_ reason: LocalReply) {
    responseHead.status = 200
    responseHead.add(.contentType, "application/grpc")
    responseHead.addField(.other, name: "grpc-status") {
      responseHead.bytes.append(decimal: UInt64(reason.grpcStatus.rawValue))
    }
    responseHead.addField(.other, name: "grpc-message") { responseHead.bytes.append(reason.cause) }
  }
}
