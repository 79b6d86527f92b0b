import HTTPModel

/// What a response's well-formed lines mean: body and connection (RFC 9112 sections 6.3 and 9.3).
enum ResponseMeaning {
  @inline(__always)
  static func decode(
    _ line: StatusLine, answering method: HTTPMethod, into head: ResponseHead
  ) throws(HTTP1Fault) {
    head.version = line.version
    head.status = line.status
    let announced = try MessageFraming.decode(head, version: line.version)
    head.framing = try framing(announced, line.status, answering: method, head)
    let options = try ConnectionOptions.decode(head)
    head.keepsAlive = options.persists(line.version) && head.framing != .untilClose
    if options.upgrades { head.upgrade = options.upgrade(of: head) }
  }

  /// A length is information about another response when this one answers HEAD or is a 304: it is then
  /// sent on like any field.
  @inline(__always)
  private static func framing(
    _ announced: BodyFraming?, _ status: Int, answering method: HTTPMethod,
    _ head: ResponseHead
  ) throws(HTTP1Fault) -> BodyFraming {
    if status < 200 || status == 204 {
      guard announced == nil || announced == .length(0) else { throw .bodyForbidden }
      return .none
    }
    if method == .head || status == 304 {
      if let index = head.firstIndex(of: .contentLength) { head.unmark(index, .framing) }
      return .none
    }
    if method == .connect, status < 300 { return .untilClose }
    return announced ?? .untilClose
  }
}
