import CCURL
import Foundation

/// One HTTP request and its answer, over libcurl. The thread sleeps while it waits for the answer;
/// `URLSession` on Linux does not (docs/decisions/calls-over-libcurl.md).
struct HTTPCall {
  /// How long the server may say and take nothing.
  static let patienceSeconds = 30

  var method: String
  var url: URL
  /// `Name: value` each.
  var headers: [String] = []
  var body: String?

  struct Response {
    var status: Int
    var body: Data
  }

  /// No answer came.
  struct Fault: Error, CustomStringConvertible {
    enum Cause { case unreachable, timeout, other }

    let cause: Cause
    /// In the words of libcurl.
    let description: String

    fileprivate init(_ code: CURLcode) {
      cause =
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_GOT_NOTHING,
          CURLE_RECV_ERROR, CURLE_SEND_ERROR:
          .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timeout
        default: .other
        }
      description = String(cString: curl_easy_strerror(code))
    }
  }

  /// - Throws: `Fault`.
  func perform() throws(Fault) -> Response {
    guard let call = curl_easy_init() else { throw Fault(CURLE_FAILED_INIT) }
    defer { curl_easy_cleanup(call) }
    // Of a large body libcurl asks leave ("Expect"), and waits a second for it.
    let list = (headers + ["Expect:"]).reduce(nil) { curl_slist_append($0, $1) }
    defer { curl_slist_free_all(list) }
    configure(call)
    curl_set_headers(call, list)
    var received = Data()
    let code = withUnsafeMutablePointer(to: &received) { target in
      curl_set_receiver(call, Self.receive, target)
      return curl_easy_perform(call)
    }
    guard code == CURLE_OK else { throw Fault(code) }
    return Response(status: curl_response_status(call), body: received)
  }

  private func configure(_ call: UnsafeMutableRawPointer) {
    curl_set_text(call, CURLOPT_URL, url.absoluteString)
    curl_set_text(call, CURLOPT_CUSTOMREQUEST, method)
    curl_set_number(call, CURLOPT_NOSIGNAL, 1)
    curl_set_number(call, CURLOPT_CONNECTTIMEOUT, Self.patienceSeconds)
    curl_set_number(call, CURLOPT_LOW_SPEED_LIMIT, 1)
    curl_set_number(call, CURLOPT_LOW_SPEED_TIME, Self.patienceSeconds)
    if let body {
      curl_set_number(call, CURLOPT_POSTFIELDSIZE, body.utf8.count)
      curl_set_text(call, CURLOPT_COPYPOSTFIELDS, body)
    }
  }

  private static let receive: curl_receiver = { bytes, size, count, target in
    guard let bytes, let target else { return 0 }
    target.assumingMemoryBound(to: Data.self).pointee.append(
      UnsafeBufferPointer(start: bytes, count: size * count))
    return size * count
  }
}
