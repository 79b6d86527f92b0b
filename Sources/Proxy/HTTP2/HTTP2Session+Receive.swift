import HTTPModel
import Memory

/// What the peer's frames come to. Called by nghttp2 within `receive`.
extension HTTP2Session {
  /// A head of so many times its limit is decompressed and dropped; with a larger one the connection
  /// ends.
  private static let droppedHeads = 4

  // MARK: header blocks

  /// - Parameter isRequest: it opens a stream.
  func blockBegan(_ id: Int32, isRequest: Bool) {
    if blockStream != nil { dropBlock() }
    if isEnded { return }
    if isRequest {
      let stream = delegate.streamOpened()
      insert(stream, id)
      begin(stream)
    } else if let stream = hearingStream(id) {
      begin(stream)
    }
  }

  private func begin(_ stream: HTTP2Stream) {
    blockStream = stream
    if stream.incoming.expectsTrailers {
      trailers.clear()
      trailerDecoder = TrailerFieldDecoder(settings, into: trailers)
      return
    }
    switch stream.head {
    case .request(let head):
      scratch.clear()
      requestDecoder = RequestFieldDecoder(settings, into: head, scratch: scratch)
    case .response(let head, let method):
      head.clear()
      responseDecoder = ResponseFieldDecoder(settings, into: head, answering: method)
    case nil: preconditionFailure("what follows a head are trailers")
    }
  }

  @inline(__always)
  func fieldDecoded(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) {
    let isHead =
      isServer
      ? requestDecoder?.append(name, value) != nil : responseDecoder?.append(name, value) != nil
    if !isHead { trailerDecoder?.append(name, value) }
    blockBytes &+= name.count &+ value.count
    if blockBytes > settings.maxHeadBytes * Self.droppedHeads { end(for: .heads) }
  }

  func blockEnded(ended: Bool) {
    defer { dropBlock() }
    guard let stream = blockStream else { return }
    do throws(HTTP2Fault) {
      if let framing = try requestDecoder?.finish(ended: ended) {
        try takeHead(framing, of: stream, ended: ended)
      } else if responseDecoder != nil {
        try takeHead(responseDecoder?.finish(ended: ended), of: stream, ended: ended)
      } else if let trailers = try trailerDecoder?.finish() {
        guard ended else { throw .trailersWithoutEnd }
        try stream.incoming.end()
        stream.releaseHead(ended: false)
        stream.onEnd(trailers: trailers)
      }
    } catch { refuse(stream, error) }
  }

  func dropBlock() {
    blockStream = nil
    fieldBytes &+= blockBytes
    blockBytes = 0
    // To look is cheaper than to let go of nothing.
    if requestDecoder != nil { requestDecoder = nil }
    if responseDecoder != nil { responseDecoder = nil }
    if trailerDecoder != nil { trailerDecoder = nil }
  }

  /// - Parameter framing: of the body; nil: another head follows.
  private func takeHead(
    _ framing: BodyFraming?, of stream: HTTP2Stream, ended: Bool
  ) throws(HTTP2Fault) {
    if isServer { rules.earn(.priority, 4) }
    if let framing {
      stream.incoming.beginBody(framing)
      stream.head = nil
    }
    if ended { try stream.incoming.end() }
    stream.isHeadHeld = isServer && !ended && framing == .length(0)
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
    act(on: rules.judge(frame, now: now) { stream($0)?.opened })
  }

  /// The peer's SETTINGS hold. nghttp2 resets a stream whose window they take above the limit, where the
  /// connection is to end (RFC 9113 section 6.9.2).
  func settingsApplied() {
    let raised = peerWindows.initial - windowsBefore.initial
    if windowsBefore.widest + raised > Int(Int32.max) {
      complaint = "SETTINGS: a window above the limit"
      return terminate(.flowControlError)
    }
    delegate.settingsReceived()
  }

  /// nghttp2 resets the stream: a peer may not have us do that without end.
  /// - Parameter isOneTooMany: it has as many streams as it may.
  func frameRefused(on id: Int32, isOneTooMany: Bool) {
    if isOneTooMany { delegate.streamRefused() }
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
