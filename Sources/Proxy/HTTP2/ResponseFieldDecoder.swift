import HTTPModel

/// Builds a response's head from the fields of a header block (RFC 9113 section 8.3.2). No I/O; one for
/// each block.
struct ResponseFieldDecoder {
  private let head: ResponseHead
  /// Of the request this answers; it decides whether there may be a body.
  private let method: HTTPMethod
  private var section: FieldSectionDecoder
  private var hasStatus = false
  private var hasFields = false

  init(_ settings: HTTP2Settings, into head: ResponseHead, answering method: HTTPMethod) {
    self.head = head
    self.method = method
    section = FieldSectionDecoder(settings)
  }

  /// Takes one field.
  mutating func append(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) {
    guard section.admits(name, value, head) else { return }
    do throws(HTTP2Fault) {
      guard name.count > 0, name[0] == 0x3A else {
        hasFields = true
        return try section.append(name, value, to: head)
      }
      if hasFields { throw .pseudoFieldBehindFields }
      guard name.equals(":status") else { throw .unknownPseudoField }
      if hasStatus { throw .repeatedPseudoField }
      hasStatus = true
      guard value.count == 3, let status = value.decimalValue, 100..<600 ~= status,
        status != 101
      else { throw .statusCode }
      head.status = Int(status)
    } catch { section.fail(error) }
  }

  /// The block is over.
  /// - Parameter ended: the stream ends with the head.
  /// - Returns: how the body is framed; nil: the response is an interim one.
  mutating func finish(ended: Bool) throws(HTTP2Fault) -> BodyFraming? {
    if let fault = section.fault { throw fault }
    guard hasStatus else { throw .missingPseudoField }
    head.version = .http2
    if head.isInterim {
      if ended { throw .interimWithEnd }
      head.framing = .none
      return nil
    }
    let announced = section.framing(else: ended ? .none : .chunked)
    if method == .connect, head.status < 300 {
      // A length says nothing of a tunnel (RFC 9110 section 9.3.6).
      head.framing = ended ? .none : .chunked
    } else if method == .head || head.status == 304 {
      // The length is that of another response, and goes on like any field.
      if let index = head.firstIndex(of: .contentLength) { head.unmark(index, .framing) }
      head.framing = .none
    } else if head.status == 204 {
      guard announced == .none || announced == .chunked || announced == .length(0) else {
        throw .bodyForbidden
      }
      head.framing = .none
    } else {
      head.framing = announced
      if ended, case .length(let count) = announced, count > 0 { throw .lengthDiffers }
    }
    return head.framing
  }
}

/// Builds trailers from the fields of a header block behind a body (RFC 9113 section 8.1). No I/O; one
/// for each block.
struct TrailerFieldDecoder {
  private let trailers: Trailers
  private var section: FieldSectionDecoder

  /// - Parameter trailers: empty; where the fields go.
  init(_ settings: HTTP2Settings, into trailers: Trailers) {
    self.trailers = trailers
    section = FieldSectionDecoder(settings)
  }

  /// Takes one field.
  mutating func append(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) {
    guard section.admits(name, value, trailers) else { return }
    do throws(HTTP2Fault) {
      if name.count > 0, name[0] == 0x3A { throw .pseudoFieldInTrailers }
      try section.append(name, value, to: trailers)
    } catch { section.fail(error) }
  }

  /// The block is over; fields that may not be trailers are dropped.
  mutating func finish() throws(HTTP2Fault) -> Trailers {
    if let fault = section.fault { throw fault }
    trailers.removeForbidden()
    return trailers
  }
}
