import GRPC
import HTTPModel
import Platform
import Routing
import Telemetry

/// What calls of gRPC ask of the proxy besides what all requests do.
extension Exchange {
  /// Who made the call, and understands answers of gRPC alone; nil: the request is no call.
  var grpcClient: GRPCClient? {
    if let call { return call.client }
    let head = requestHead
    guard let type = head.grpcMediaType, let index = head.nextIndex(of: .contentType) else {
      return nil
    }
    if type.form != .grpc {
      guard manager?.rules.bridgesGRPCWeb == true, head.method == .post else { return nil }
    }
    let offset = Int(head.field(at: index).valueOffset) + type.format.lowerBound
    return GRPCClient(
      sendsText: type.form == .webText,
      form: type.form == .grpc ? .grpc : head.acceptedWebForm ?? type.form,
      format: ByteRange(offset: offset, count: type.format.count))
  }

  /// Lets the filters for gRPC see to the request, if it is a call.
  func beginCall(_ rules: ConnectionManagerRules, to cluster: ClusterRuntime) {
    guard tunnel == .none, let client = grpcClient else { return }
    let head = requestHead
    var stats: GRPCCallStats?
    if let counting = rules.grpcStats {
      stats = cluster.grpcCalls.stats(of: head.text(head.path), counting)
    }
    call = GRPCCall(
      client, stats: stats, measuresTime: rules.grpcStats?.config.measuresTime ?? false)
    if client.isWeb { translateRequestHead(client) }
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
    addContentType(client.form, head.text(client.format))
    responseHead.addField(.other, name: "grpc-status") {
      responseHead.bytes.append(decimal: UInt64(status.rawValue))
    }
    call?.status = status
    if message.isEmpty { return }
    responseHead.addField(.other, name: "grpc-message") {
      GRPCMessageText.encode(message.span, into: responseHead.bytes)
    }
  }

  /// Says in `content-type` how the response is encoded.
  func addContentType(_ form: GRPCMediaType.Form, _ format: borrowing Span<UInt8>) {
    let bytes = responseHead.bytes
    responseHead.addField(.contentType, name: KnownHeader.contentType.name) {
      switch form {
      case .grpc: return bytes.append("application/grpc")
      case .web: bytes.append("application/grpc-web+")
      case .webText: bytes.append("application/grpc-web-text+")
      }
      if format.isEmpty { bytes.append("proto") } else { bytes.append(copy format) }
    }
  }

  /// Ends a call whose answer has begun, for a reason of the proxy's own, by what clients of gRPC look at:
  /// the trailers. False when the client would not find them, or could take them for something else.
  func endCall(_ reason: LocalReply) -> Bool {
    guard response.phase != .ended else { return false }
    if let encoder = call?.encoder {
      guard encoder.isBetweenMessages || call?.failure != nil else { return false }
      if reason.closesConnection { downstream?.closeAfterResponse() }
      appendTrailerFrame(nil, reason.grpcStatus, Array("\(reason.cause)".utf8))
      endResponse(trailers: nil)
      return true
    }
    // Over HTTP/1 trailers may be lost on the way, and the response taken for whole.
    guard requestHead.version == .http2, tunnel == .none, responseHead.framing == .chunked,
      grpcClient?.form == .grpc, responseHead.grpcMediaType?.form == .grpc
    else { return false }
    call?.status = reason.grpcStatus
    let trailers = Trailers()
    trailers.add("grpc-status", "\(reason.grpcStatus.rawValue)")
    trailers.add("grpc-message", "\(reason.cause)")
    endResponse(trailers: trailers)
    return true
  }

  // MARK: counting

  /// The call is over.
  func reportCall() {
    guard let call, let stats = call.stats else { return }
    stats.ended(status: call.status?.rawValue)
    guard call.measuresTime, record.attempt.status > 0, let end = record.attempt.end else { return }
    stats.answered(afterNanoseconds: end.nanoseconds(since: record.attempt.start))
  }
}

extension MessageHead {
  /// What `grpc-status` says; nil: there is none.
  var grpcStatus: GRPCStatus? {
    guard let index = nextIndex(named: "grpc-status") else { return nil }
    return GRPCStatus(trailer: value(at: index))
  }

  /// What `grpc-message` says.
  var grpcMessage: [UInt8] {
    guard let index = nextIndex(named: "grpc-message") else { return [] }
    let text = value(at: index)
    let bytes = text.indices.map { text[$0] }
    return Array(GRPCMessageText.decode(String(decoding: bytes, as: UTF8.self)).utf8)
  }

  /// The form that `accept` asks for; nil: it asks for none in particular.
  fileprivate var acceptedWebForm: GRPCMediaType.Form? {
    guard let index = nextIndex(named: "accept") else { return nil }
    return GRPCMediaType.firstWeb(in: value(at: index))
  }
}
