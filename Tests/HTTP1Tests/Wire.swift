import HTTP1
import HTTPModel
import Memory

/// A request head taken apart into what a test compares.
struct DecodedRequest: Equatable {
  var method: String
  var target: String
  var path: String
  var query: String
  var authority: String
  var version: HTTPVersion
  var framing: BodyFraming
  var keepsAlive: Bool
  var acceptsTrailers: Bool
  /// The fields that are sent on, `name: value`.
  var forwarded: [String]
  var consumed: Int
}

/// A response head taken apart into what a test compares.
struct DecodedResponse: Equatable {
  var status: Int
  var framing: BodyFraming
  var keepsAlive: Bool
  var forwarded: [String]
  var consumed: Int
}

/// A chunked or other body taken apart into what a test compares.
struct DecodedBody: Equatable {
  var bytes: [UInt8] = []
  var trailers: [String] = []
  var consumed = 0
  var isEnded = false
}

func string(_ span: Span<UInt8>) -> String {
  var bytes: [UInt8] = []
  for index in span.indices { bytes.append(span[index]) }
  return String(decoding: bytes, as: UTF8.self)
}

extension MessageHead {
  var forwardedLines: [String] {
    (0..<fieldCount).filter { field(at: $0).isForwarded }.map {
      "\(string(name(at: $0))): \(string(value(at: $0)))"
    }
  }
}

extension DecodedRequest {
  init(_ head: RequestHead, consumed: Int) {
    method = string(head.text(head.methodText))
    target = string(head.text(head.target))
    path = string(head.text(head.path))
    query = string(head.text(head.query))
    authority = string(head.text(head.authority))
    version = head.version
    framing = head.framing
    keepsAlive = head.keepsAlive
    acceptsTrailers = head.acceptsTrailers
    forwarded = head.forwardedLines
    self.consumed = consumed
  }
}

/// Shows `bytes` to a decoder in pieces that end at `cuts`, then whole.
func decodeRequest(
  _ bytes: [UInt8], cuts: [Int] = [], limits: HTTP1Limits = HTTP1Limits()
) throws(HTTP1Fault) -> DecodedRequest? {
  var decoder = RequestHeadDecoder(limits: limits)
  let head = RequestHead()
  for end in cuts + [bytes.count] {
    if case .head(let consumed) = try decoder.decode(bytes.span.extracting(0..<end), into: head) {
      return DecodedRequest(head, consumed: consumed)
    }
  }
  return nil
}

func decodeResponse(
  _ bytes: [UInt8], answering method: HTTPMethod = .get, cuts: [Int] = [],
  limits: HTTP1Limits = HTTP1Limits()
) throws(HTTP1Fault) -> DecodedResponse? {
  var decoder = ResponseHeadDecoder(limits: limits)
  let head = ResponseHead()
  for end in cuts + [bytes.count] {
    let input = bytes.span.extracting(0..<end)
    if case .head(let consumed) = try decoder.decode(input, answering: method, into: head) {
      return DecodedResponse(
        status: head.status, framing: head.framing, keepsAlive: head.keepsAlive,
        forwarded: head.forwardedLines, consumed: consumed)
    }
  }
  return nil
}

/// Shows `bytes` to a body decoder as a connection would: what was not consumed, with more behind it.
func decodeBody(
  _ bytes: [UInt8], framing: BodyFraming = .chunked, cuts: [Int] = [],
  limits: HTTP1Limits = HTTP1Limits()
) throws(HTTP1Fault) -> DecodedBody {
  var decoder = BodyDecoder(framing: framing, limits: limits)
  let trailers = Trailers()
  var body = DecodedBody()
  feeding: for end in cuts + [bytes.count] {
    while true {
      let event = try decoder.decode(bytes.span.extracting(body.consumed..<end), into: trailers)
      switch event {
      case .needMoreBytes(let consumed):
        body.consumed += consumed
        continue feeding
      case .data(let skipped, let count):
        body.consumed += skipped
        body.bytes += bytes[body.consumed..<body.consumed + count]
        body.consumed += count
      case .end(let consumed):
        body.consumed += consumed
        body.isEnded = true
        body.trailers = trailers.forwardedLines
        return body
      }
    }
  }
  return body
}

/// The fault of a request, nil when it has none.
func fault(_ request: String, limits: HTTP1Limits = HTTP1Limits()) -> HTTP1Fault? {
  do {
    _ = try decodeRequest(Array(request.utf8), limits: limits)
    return nil
  } catch { return error }
}

func fault(
  response: String, answering method: HTTPMethod = .get, limits: HTTP1Limits = HTTP1Limits()
) -> HTTP1Fault? {
  do {
    _ = try decodeResponse(Array(response.utf8), answering: method, limits: limits)
    return nil
  } catch { return error }
}

func fault(chunked: String, limits: HTTP1Limits = HTTP1Limits()) -> HTTP1Fault? {
  do {
    _ = try decodeBody(Array(chunked.utf8), limits: limits)
    return nil
  } catch { return error }
}
