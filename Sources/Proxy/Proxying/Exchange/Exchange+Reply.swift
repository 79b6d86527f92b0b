import GRPC
import HTTP1
import HTTPModel
import Memory
import Routing
import Telemetry

/// Answers the proxy gives by itself.
extension Exchange {
  /// A request that breaks HTTP, and is answered all the same.
  func refuse(status: Int, _ cause: StaticString) {
    noteRequestLine()
    cancelUpstream(.downstreamProtocolError, cause)
    if [413, 414, 431].contains(status) { stats?.downstreamRequestTooLarge.add() }
    reply(.malformed(status: status, cause))
  }

  /// Refuses the request where a filter found it at fault. False: it goes on.
  func refuseByFilters() -> Bool {
    guard !filters.isEmpty, let cause = filters.requestFault, response.phase != .ended else {
      return false
    }
    manager?.stats.downstreamConnectionProtocolError.add()
    refuse(status: 400, cause)
    return true
  }

  /// A request that breaks HTTP and is not answered.
  func onMalformed(_ cause: StaticString) {
    noteRequestLine()
    cancelUpstream(.downstreamProtocolError, cause)
    record.flags.insert(.downstreamProtocolError)
    record.cause = cause
  }

  /// What could be read of a head that was never routed.
  private func noteRequestLine() {
    guard record.requestLine.methodText.isEmpty else { return }
    record.version = requestHead.version
    record.requestLine = RequestLine(requestHead)
  }

  private var stats: HTTPStats? { manager?.stats }

  /// Ends the exchange for a reason of the proxy's own; a response already begun is cut off visibly.
  func reply(_ reason: LocalReply) {
    record.flags.formUnion(reason.flags)
    record.cause = reason.cause
    guard let downstream else { return }
    if response.phase != .none { return endCall(reason) ? () : downstream.abort(self) }
    responseHead.clear()
    responseHead.status = reason.status
    if reason.closesConnection { downstream.closeAfterResponse() }
    if reason.status == 426 { responseHead.add(.upgrade, "HTTP/1.1") }
    if manager?.rules.explainsFailures == true { responseHead.addExplanation(reason) }
    let cause = Array("\(reason.cause)".utf8)
    if let client = grpcClient {
      answer(client, reason.grpcStatus, cause)
      send(body: [], contentType: nil)
    } else {
      send(body: cause + [0x0A], contentType: "text/plain")
    }
  }

  func reply(directStatus status: Int, body: [UInt8]) {
    record.cause = "direct_response"
    stats?.directResponses.add()
    responseHead.clear()
    responseHead.status = status
    if let client = grpcClient {
      answer(client, GRPCStatus(httpStatus: status), body)
      send(body: [], contentType: nil)
    } else {
      send(body: body, contentType: "text/plain")
    }
  }

  /// Answers an OPTIONS request that may go no further.
  func replyAsLastRecipient() {
    record.cause = "max_forwards_reached"
    responseHead.clear()
    send(body: [], contentType: nil)
  }

  func reply(redirectStatus status: Int, location: Span<UInt8>) {
    record.cause = "redirect"
    stats?.redirects.add()
    responseHead.clear()
    responseHead.status = status
    responseHead.add(.location, name: [UInt8]("location".utf8).span, value: location)
    if let client = grpcClient { answer(client, GRPCStatus(httpStatus: status), []) }
    send(body: [], contentType: nil)
  }

  private func send(body: [UInt8], contentType: StaticString?) {
    if let contentType, !body.isEmpty { responseHead.add(.contentType, contentType) }
    // Over HTTP/2 the head itself says that nothing follows, and to gRPC a length would be metadata.
    let hasLength = responseHead.hasLength && !(body.isEmpty && requestHead.version == .http2)
    responseHead.framing = hasLength ? .length(UInt64(body.count)) : .none
    changeResponseHead()
    sendResponseHead()
    if requestHead.method != .head { appendResponse(body.span) }
    endResponse(trailers: nil)
  }

  // MARK: deadlines

  /// - Parameters:
  ///   - requestEnded: the request was read to its end.
  ///   - idle: nothing moved for the stream's idle timeout.
  func onDeadline(requestEnded: Bool, idle: Bool) {
    if idle {
      cancelUpstream(.streamIdleTimeout, "stream_idle_timeout")
      return reply(.idleTimeout)
    }
    if !isAnswered, worker.loop.now >= min(callDeadline, attemptDeadline) {
      let limit = noteDurationLimit()
      cancelUpstream(.upstreamRequestTimeout, limit.cause)
      return reply(.callTimeout(limit))
    }
    if requestEnded || tunnel != .none {
      cancelUpstream(.upstreamRequestTimeout, "upstream_response_timeout")
      reply(.routeTimeout)
    } else {
      manager?.faults.note(.slowRequest, of: record.downstreamRemote)
      cancelUpstream(.durationTimeout, "request_overall_timeout")
      reply(.requestTimeout)
    }
  }

  /// Counts that the stream, or its attempt, lasted as long as it may, and says which limit it was.
  private func noteDurationLimit() -> DurationLimit {
    guard worker.loop.now >= callDeadline else {
      cluster?.stats.upstreamRequestMaxDuration.add()
      return .maxStreamDuration
    }
    stats?.downstreamRequestMaxDuration.add()
    return durationLimit
  }

  /// The drain's time is up.
  func onDrainTimeout() { cutOff(.localReset, "drain_timeout") }

  /// Its endpoint is judged otherwise now, and a drain's time is over.
  func onDistrusted() {
    let reason = LocalReply.endpointDistrusted
    cancelUpstream(reason.flags, reason.cause)
    reply(reason)
  }

  /// Notes how far the client has come.
  /// - Returns: whether memory waits for it alone, and it did nothing since this was last noted.
  func markStalled() -> Bool {
    // Behind its last byte a tunnel waits for the other direction, not for its reader.
    if tunnel == .open, response.buffer.isEmpty { return false }
    guard response.phase == .none else {
      return response.markUnread(given: record.responseBodyBytes)
    }
    // The body of a request with a large head may be long in coming; that of another holds little.
    guard requestHead.hasGrown, request.phase == .arriving else { return false }
    defer { bodyBytesBefore = record.requestBodyBytes }
    return bodyBytesBefore == record.requestBodyBytes
  }

  /// Memory is short, and its client does nothing.
  func onShed() { cutOff(.overload, LocalReply.memoryShort.cause) }

  private func cutOff(_ flag: ResponseFlags, _ cause: StaticString) {
    record.flags.insert(flag)
    record.cause = cause
    cancelUpstream(flag, cause)
    downstream?.abort(self)
  }
}

extension ResponseHead {
  /// A response without content says nothing of a length: 204 must not, and that of a 304 would be
  /// another response's (RFC 9110 section 8.6).
  fileprivate var hasLength: Bool { status != 204 && status != 304 }
}
