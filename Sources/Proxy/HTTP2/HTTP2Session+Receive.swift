import HTTPModel
import Memory

/// What the fields under way belong to; blocks never mix on a connection (RFC 9113 section 4.3).
enum FieldBlock { case none, request, response, trailers }

/// What the peer's frames come to. Called by nghttp2 within `receive`.
extension HTTP2Session {
  /// A head of so many times its limit is decompressed and dropped; with a larger one the connection
  /// ends.
  private static let droppedHeads = 4

  // MARK: header blocks

  func blockBegan(_ id: Int32, isRequest: Bool) {
    scratch.clear()
    if isEnded { return }
    if isRequest { insert(delegate.streamOpened(), id) }
    block = .none
    blockStream = hearingStream(id)
    guard let stream = blockStream else { return }
    if stream.incoming.expectsTrailers {
      trailers.clear()
      trailerDecoder = TrailerFieldDecoder(settings)
      block = .trailers
      return
    }
    switch stream.head {
    case .request:
      requestDecoder = RequestFieldDecoder(settings)
      block = .request
    case .response(let head, _):
      head.clear()
      responseDecoder = ResponseFieldDecoder(settings)
      block = .response
    }
  }

  func fieldDecoded(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) {
    blockBytes &+= name.count &+ value.count
    switch (block, blockStream?.head) {
    case (.request, .request(let head)?): requestDecoder.append(name, value, to: head, scratch)
    case (.response, .response(let head, _)?): responseDecoder.append(name, value, to: head)
    case (.trailers, _): trailerDecoder.append(name, value, to: trailers)
    default: break
    }
    if blockBytes > settings.maxHeadBytes * Self.droppedHeads { end(for: .heads) }
  }

  func blockEnded(ended: Bool) {
    blockBytes = 0
    guard let stream = blockStream.take() else { return }
    do throws(HTTP2Fault) {
      switch (block, stream.head) {
      case (.request, .request(let head)):
        try requestDecoder.finish(head, scratch, ended: ended)
        try takeHead(head, of: stream, ended: ended)
      case (.response, .response(let head, let method)):
        try responseDecoder.finish(head, answering: method, ended: ended)
        try takeHead(head, of: stream, ended: ended)
      case (.trailers, _):
        try trailerDecoder.finish(trailers)
        guard ended else { throw .trailersWithoutEnd }
        try stream.incoming.end()
        stream.releaseHead(ended: false)
        stream.onEnd(trailers: trailers)
      default: break
      }
    } catch { refuse(stream, error) }
  }

  private func takeHead(
    _ head: MessageHead, of stream: HTTP2Stream, ended: Bool
  ) throws(HTTP2Fault) {
    if isServer { rules.earn(.priority, 4) }
    if (head as? ResponseHead)?.isInterim != true { stream.incoming.beginBody(head.framing) }
    if ended { try stream.incoming.end() }
    stream.isHeadHeld = isServer && !ended && head.framing == .length(0)
    if !stream.isHeadHeld { stream.onHead(ended: ended) }
  }

  // MARK: bodies

  func bodyReceived(_ bytes: borrowing Span<UInt8>, on id: Int32) {
    guard let stream = stream(id) else { return release(bytes.count, of: id) }
    stream.unconsumedBytes += bytes.count
    if stream.isDeaf { return releaseWindow(of: stream) }
    do throws(HTTP2Fault) {
      try stream.incoming.receive(bytes.count)
      stream.onBody(copy bytes)
    } catch { refuse(stream, error) }
  }

  func bodyEnded(on id: Int32) {
    guard let stream = hearingStream(id) else { return }
    do throws(HTTP2Fault) {
      try stream.incoming.end()
      if !stream.releaseHead(ended: true) { stream.onEnd(trailers: nil) }
    } catch { refuse(stream, error) }
  }

  /// A malformed message: its stream hears of nothing more.
  private func refuse(_ stream: HTTP2Stream, _ fault: HTTP2Fault) {
    stream.isDeaf = true
    releaseWindow(of: stream)
    // Before the stream hears of it, as what it does about it is to have no other code.
    if fault.status == nil || !isServer { reset(stream, .protocolError) }
    stream.onFault(fault)
    spend(.resets)
  }

  func streamClosed(_ id: Int32, _ code: HTTP2ErrorCode) {
    guard let stream = stream(id) else { return }
    if code == .noError { rules.earn(.resets, 1) }
    releaseWindow(of: stream)
    remove(stream)
    stream.onClosed(code)
  }

  // MARK: frames

  /// Judges the frame whose header was read, before nghttp2 has all of that.
  func judge(_ frame: FrameHeader) {
    if frame.type == FrameType.settings, !frame.has(FrameFlag.ack) { windowsBefore = peerWindows }
    act(on: rules.judge(frame, now: now) { stream($0) != nil })
  }

  /// The peer's SETTINGS hold. nghttp2 resets a stream whose window they take above the limit, where the
  /// connection is to end (RFC 9113 section 6.9.2).
  func settingsApplied() {
    let raised = peerWindows.initial - windowsBefore.initial
    if windowsBefore.widest + raised > Int(Int32.max) { return terminate(.flowControlError) }
    delegate.settingsReceived()
  }

  /// nghttp2 resets the stream: a peer may not have us do that without end.
  func frameRefused(on id: Int32) {
    if let stream = stream(id) {
      stream.isResetByUs = true
    } else if id > 0 {
      rules.closed(id, byUs: true)
    }
    spend(.resets)
  }

  func spend(_ flood: HTTP2Flood) { act(on: rules.spend(flood, now: now)) }

  private func act(on verdict: FrameRules.Verdict) {
    switch verdict {
    case .pass: break
    case .error(let code): terminate(code)
    case .flood(let flood): end(for: flood)
    }
  }

  private func end(for flood: HTTP2Flood) {
    guard !isTerminating else { return }
    terminate(.enhanceYourCalm)
    delegate.floodDetected(flood)
  }
}
