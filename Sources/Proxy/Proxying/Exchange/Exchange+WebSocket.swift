import HTTPModel
import Memory

/// What WebSocket asks of HTTP/1.1 alone: the client names a key, and the server shows that it has read it
/// (RFC 6455 section 4). Over HTTP/2 there is neither (RFC 8441 section 5).
extension Exchange {
  private var isWebSocket: Bool {
    let head = requestHead
    return head.text(head.upgrade).equalsIgnoringCase("websocket")
  }

  /// Gives the request for a tunnel what the endpoint's HTTP has, and takes what it has not.
  func translateAsking() {
    guard tunnel == .asked, isWebSocket else { return }
    let key = requestHead.index(of: WebSocketKey.name)
    if wire == .http2, let key {
      requestHead.mark(key, .hopByHop)
    } else if requestHead.version == .http2, wire == .http1 {
      if let key { requestHead.mark(key, .removed) }
      let random = WebSocketKey.encode(high: worker.randomWord(), low: worker.randomWord())
      requestHead.add(WebSocketKey.name, random)
    }
  }

  /// Gives the endpoint's grant the form that the client's HTTP has. False when the endpoint has not read
  /// the key.
  func translateGrant() -> Bool {
    let isStream = requestHead.version == .http2
    if !requestHead.upgrade.isEmpty { responseHead.status = isStream ? 200 : 101 }
    responseHead.framing = .chunked
    guard isWebSocket, isStream != (wire == .http2) else { return true }
    let accept = responseHead.index(of: WebSocketKey.acceptName)
    guard let proof = webSocketProof else { return true }
    if !isStream {
      if let accept { responseHead.mark(accept, .removed) }
      responseHead.add(WebSocketKey.acceptName, proof)
      return true
    }
    let head = responseHead
    guard let accept, head.value(at: accept).isEqual(proof) else { return false }
    responseHead.mark(accept, .removed)
    return true
  }

  /// What shows that the request's key was read; nil: it has none.
  private var webSocketProof: [UInt8]? {
    let head = requestHead
    guard let key = head.index(of: WebSocketKey.name) else { return nil }
    return WebSocketKey.proof(of: head.value(at: key))
  }
}

extension MessageHead {
  fileprivate func index(of name: [UInt8]) -> Int? {
    nextIndex(of: .other, name: name.span, from: 0)
  }

  fileprivate func add(_ name: [UInt8], _ value: [UInt8]) {
    add(.other, name: name.span, value: value.span)
  }
}

extension Span where Element == UInt8 {
  fileprivate func isEqual(_ bytes: [UInt8]) -> Bool {
    count == bytes.count && indices.allSatisfy { self[$0] == bytes[$0] }
  }
}
