import GRPC
import HTTPModel
import Platform
import Routing
import Telemetry

/// What calls of gRPC ask of the proxy besides what all requests do.
extension Exchange {
  /// Who made the call; nil: the request is none.
  var grpcClient: GRPCClient? {
    filters.grpcWeb?.client
      ?? GRPCClient(requestHead, bridgesWeb: manager?.rules.bridgesGRPCWeb == true)
  }

  // MARK: deadlines

  /// When the call, or the stream, is to be over: what `grpc-timeout` says within the route's bound, else
  /// what the route says.
  func limitDuration(_ route: Route, on cluster: ClusterRuntime) {
    var limit = streamLimit(route)
    durationLimit = .maxStreamDuration
    isCall = requestHead.grpcMediaType?.form == .grpc
    if isCall {
      isBoundedAsCall = route.boundsCallsByGRPCTimeout
      let timeout = grpcTimeout
      if timeout != nil || isBoundedAsCall,
        let most = route.maxGRPCTimeoutMilliseconds.map({ $0 == 0 ? .max : $0 })
      {
        // `grpc_timeout_header_max` takes the place of the stream's bound, `max_grpc_timeout` does not.
        if !isBoundedAsCall {
          limit = most
          durationLimit = .grpcTimeoutHeaderMax
        } else if most < limit {
          limit = most
          durationLimit = .maxGRPCTimeout
        }
      }
      if let timeout { limitDuration(&limit, to: timeout, route, on: cluster) }
    }
    callDeadline = limit == .max ? .never : record.start.advanced(byMilliseconds: limit)
  }

  /// - Parameter timeout: what the client asked for.
  private func limitDuration(
    _ limit: inout UInt64, to timeout: UInt64, _ route: Route, on cluster: ClusterRuntime
  ) {
    let offset = route.grpcTimeoutOffsetMilliseconds
    let asked = timeout > offset ? timeout - offset : timeout
    if asked < limit {
      limit = asked
      durationLimit = .grpcTimeout
    }
    let allowed = min(limit, cluster.rules.attemptMilliseconds)
    if allowed < timeout { tellTimeout(allowed) }
  }

  /// How long the route lets a stream last, else the connection manager; `max`: for ever, as 0 says.
  private func streamLimit(_ route: Route) -> UInt64 {
    let limit = route.maxStreamMilliseconds ?? manager?.rules.timeouts.call ?? 0
    return limit == 0 ? .max : limit
  }

  /// Lets the endpoint know of no more time than the call has.
  private func tellTimeout(_ milliseconds: UInt64) {
    let head = requestHead
    while let index = head.nextIndex(named: "grpc-timeout") { head.mark(index, .removed) }
    head.addField(.other, name: "grpc-timeout") {
      GRPCTimeout.encode(milliseconds: milliseconds, into: head.bytes)
    }
  }

  private var grpcTimeout: UInt64? {
    let head = requestHead
    guard let index = head.nextIndex(named: "grpc-timeout") else { return nil }
    return GRPCTimeout.milliseconds(head.value(at: index))
  }

  // MARK: answers of the proxy's own

  /// Turns an answer of the proxy's own into one that the client of a call understands: its status stands
  /// in the head, and there is no body.
  func answer(_ client: GRPCClient, _ status: GRPCStatus, _ message: [UInt8]) {
    let head = requestHead
    responseHead.status = 200
    responseHead.remove(.contentType)
    responseHead.addContentType(client.form, head.text(client.format))
    responseHead.addField(.other, name: "grpc-status") {
      responseHead.bytes.append(decimal: UInt64(status.rawValue))
    }
    filters.onReply(status)
    if message.isEmpty { return }
    responseHead.addField(.other, name: "grpc-message") {
      GRPCMessageText.encode(message.span, into: responseHead.bytes)
    }
  }

  /// Ends a call whose answer has begun, for a reason of the proxy's own, by what clients of gRPC look at:
  /// the trailers. False when the client would not find them, or could take them for something else.
  func endCall(_ reason: LocalReply) -> Bool {
    guard response.phase != .ended, filters.grpcWeb?.onResponseCut() ?? mayEndCall else {
      return false
    }
    if reason.closesConnection { downstream?.closeAfterResponse() }
    let trailers = Trailers()
    trailers.add("grpc-status", "\(reason.grpcStatus.rawValue)")
    trailers.add("grpc-message", "\(reason.cause)")
    endFiltered(trailers)
    return true
  }

  /// Over HTTP/1 trailers may be lost on the way, and the response taken for whole.
  private var mayEndCall: Bool {
    requestHead.version == .http2 && tunnel == .none && responseHead.framing == .chunked
      && grpcClient?.form == .grpc && responseHead.grpcMediaType?.form == .grpc
  }
}
