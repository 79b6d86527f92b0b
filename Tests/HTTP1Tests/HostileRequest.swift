import HTTP1

/// A request that must not get through, and what it is refused for. `H` stands for a valid host line.
struct HostileRequest: CustomStringConvertible, Sendable {
  let bytes: String
  let expected: HTTP1Fault

  init(_ bytes: String, _ expected: HTTP1Fault) {
    self.bytes = bytes
    self.expected = expected
  }

  /// A GET with a host and further header lines.
  static func get(_ lines: String, _ expected: HTTP1Fault) -> Self {
    Self("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n", expected)
  }

  /// A POST with a host and further header lines.
  static func post(_ lines: String, _ expected: HTTP1Fault) -> Self {
    Self("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n", expected)
  }

  /// A request line before an ordinary head.
  static func line(_ line: String, _ expected: HTTP1Fault) -> Self {
    Self("\(line)\r\nHost: a\r\n\r\n", expected)
  }

  var description: String { bytes.debugDescription }

  static let all =
    requestLines + targets + lineEnds + names + values + hosts + lengths + codings + rest
}

extension HostileRequest {
  static let requestLines: [Self] = [
    .line("GET  / HTTP/1.1", .requestLine),
    .line("GET /  HTTP/1.1", .requestLine),
    .line(" GET / HTTP/1.1", .method),
    .line("\tGET / HTTP/1.1", .method),
    .line("GET\t/ HTTP/1.1", .method),
    .line("GET /\tHTTP/1.1", .target),
    .line("GET / HTTP/1.1 ", .requestLine),
    .line("GET / HTTP/1.1\t", .requestLine),
    .line("GET / HTTP/1.1 x", .requestLine),
    .line("GET / x HTTP/1.1", .version),
    .line("GET /", .requestLine),
    .line("GET", .requestLine),
    .line("GET ", .requestLine),
    .line("GET / ", .version),
    .line("/ HTTP/1.1", .method),
    .line("GE\"T / HTTP/1.1", .method),
    .line("G(T / HTTP/1.1", .method),
    .line("GET: / HTTP/1.1", .method),
    .line("G\u{E9}T / HTTP/1.1", .method),
    .line("G\0T / HTTP/1.1", .method),
    .line("\u{FEFF}GET / HTTP/1.1", .method),
    .line("GET / http/1.1", .version),
    .line("GET / Http/1.1", .version),
    .line("GET / HTTP/1,1", .version),
    .line("GET / HTTP/1.", .version),
    .line("GET / HTTP/11", .version),
    .line("GET / HTTP/1.10", .requestLine),
    .line("GET / HTTP/01.1", .version),
    .line("GET / HTTP/+1.1", .version),
    .line("GET / HTTP /1.1", .version),
    .line("GET / HTTP/ 1.1", .version),
    .line("GET / HTTPS/1.1", .version),
    .line("GET / ICY/1.1", .version),
    .line("GET / XTTP/1.1", .version),
    .line("GET / HTTP/1.x", .version),
    .line("GET / HTTP/x.1", .version),
    .line("GET / HTTP/\u{B2}.1", .version),
    .line("GET / HTTP/1.2", .unsupportedVersion),
    .line("GET / HTTP/0.9", .unsupportedVersion),
    .line("GET / HTTP/2.0", .unsupportedVersion),
    .line("GET / HTTP/3.0", .unsupportedVersion),
    .line("GET / HTTP/9.9", .unsupportedVersion),
    Self("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
    Self("GET /\r\n\r\n", .requestLine),
    Self("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .emptyLines),
    Self("\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bareLF),
    Self("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bareCR),
    Self("\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", .method),
    .line(String(repeating: "A", count: 40) + " / HTTP/1.1", .methodTooLong),
  ]

  static let targets: [Self] = [
    .line("GET /a#b HTTP/1.1", .fragment),
    .line("GET # HTTP/1.1", .fragment),
    .line("GET http://a/#b HTTP/1.1", .fragment),
    .line("GET /\u{01} HTTP/1.1", .target),
    .line("GET /\0 HTTP/1.1", .target),
    .line("GET /\u{7F} HTTP/1.1", .target),
    .line("GET /caf\u{E9} HTTP/1.1", .target),
    .line("GET /a\u{0B}b HTTP/1.1", .target),
    .line("GET /a\rb HTTP/1.1", .requestLine),
    .line("GET /a\nb HTTP/1.1", .bareLF),
    .line("GET a HTTP/1.1", .targetForm),
    .line("GET a/b HTTP/1.1", .targetForm),
    .line("GET ?x HTTP/1.1", .targetForm),
    .line("GET \\ HTTP/1.1", .targetForm),
    .line("GET * HTTP/1.1", .targetForm),
    .line("OPTIONS ** HTTP/1.1", .targetForm),
    .line("OPTIONS */ HTTP/1.1", .targetForm),
    .line("GET a:80 HTTP/1.1", .targetForm),
    .line("GET ftp://a/ HTTP/1.1", .targetForm),
    .line("GET http:/a/ HTTP/1.1", .targetForm),
    .line("GET http:a HTTP/1.1", .targetForm),
    .line("GET http:// HTTP/1.1", .targetForm),
    .line("GET http:/// HTTP/1.1", .targetAuthority),
    .line("GET http://?x HTTP/1.1", .targetAuthority),
    .line("GET http://u@a/ HTTP/1.1", .targetAuthority),
    .line("GET http://u:p@a/ HTTP/1.1", .targetAuthority),
    .line("GET http://a:x/ HTTP/1.1", .targetAuthority),
    .line("GET http://a:/ HTTP/1.1", .targetAuthority),
    .line("GET http://a:99999/ HTTP/1.1", .targetAuthority),
    .line("GET http://a,b/ HTTP/1.1", .targetAuthority),
    .line("GET http://a\\b/ HTTP/1.1", .targetAuthority),
    .line("GET http://[::1/ HTTP/1.1", .targetAuthority),
    .line("GET http://%61/ HTTP/1.1", .targetAuthority),
    .line("CONNECT / HTTP/1.1", .targetForm),
    .line("CONNECT a HTTP/1.1", .targetForm),
    .line("CONNECT * HTTP/1.1", .targetForm),
    .line("CONNECT http://a:80/ HTTP/1.1", .targetForm),
    .line("CONNECT u@a:80 HTTP/1.1", .targetForm),
    .line("CONNECT :80 HTTP/1.1", .targetForm),
  ]

  static let lineEnds: [Self] = [
    Self("GET / HTTP/1.1\nHost: a\n\n", .bareLF),
    Self("GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLF),
    Self("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLF),
    Self("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLF),
    Self("GET / HTTP/1.1\r\nHost: a\r\r\n", .bareCR),
    Self("GET / HTTP/1.1\rHost: a\r\n\r\n", .bareCR),
    Self("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .bareCR),
    Self("GET / HTTP/1.1\r\nHost: a\r\n\rX: 1\r\n\r\n", .bareCR),
    Self("GET / HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n", .bareCR),
    .get("X: 1\n", .bareLF),
    .get("X: 1\nY: 2\r\n", .bareLF),
    .get("X: 1\rY: 2\r\n", .bareCR),
    .get("X\n: 1\r\n", .bareLF),
    .get("X: 1\r\n 2\r\n", .obsFold),
    .get("X: 1\r\n\t2\r\n", .obsFold),
    .get("X: 1\r\n \r\n", .obsFold),
    .get("X:\r\n 1\r\n", .obsFold),
    .get("Content-Length:\r\n 5\r\n", .obsFold),
    Self("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .obsFold),
    Self("GET / HTTP/1.1\r\n\tX: 1\r\nHost: a\r\n\r\n", .obsFold),
    Self("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", .obsFold),
  ]

  static let names: [Self] = [
    .get(": x\r\n", .emptyFieldName),
    .get(" : x\r\n", .obsFold),
    .get("X : 1\r\n", .spaceBeforeColon),
    .get("X\t: 1\r\n", .spaceBeforeColon),
    .get("Content-Length : 5\r\n", .spaceBeforeColon),
    .get("Transfer-Encoding : chunked\r\n", .spaceBeforeColon),
    .get("Transfer-Encoding\t:chunked\r\n", .spaceBeforeColon),
    Self("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .spaceBeforeColon),
    .get("X\r\n", .missingColon),
    .get("X \r\n", .missingColon),
    .get("GET / HTTP/1.1\r\n", .fieldName),
    .get("X Y: 1\r\n", .fieldName),
    .get("X\0: 1\r\n", .fieldName),
    .get("\0X: 1\r\n", .fieldName),
    .get("X\u{0B}: 1\r\n", .fieldName),
    .get("X\u{7F}: 1\r\n", .fieldName),
    .get("X\u{E9}: 1\r\n", .fieldName),
    .get("X@: 1\r\n", .fieldName),
    .get("X/Y: 1\r\n", .fieldName),
    .get("X(Y): 1\r\n", .fieldName),
    .get("\"X\": 1\r\n", .fieldName),
    .get("X,Y: 1\r\n", .fieldName),
    .get("X;: 1\r\n", .fieldName),
    .get("X=: 1\r\n", .fieldName),
    .get("[X]: 1\r\n", .fieldName),
    .get("{X}: 1\r\n", .fieldName),
    .get("X\\: 1\r\n", .fieldName),
    .get("<X>: 1\r\n", .fieldName),
    .get("X?: 1\r\n", .fieldName),
  ]

  static let values: [Self] =
    (0..<32).filter { ![9, 10, 13].contains($0) }.map { code in
      .get("X: a\(Character(Unicode.Scalar(UInt8(code))))b\r\n", .fieldValue)
    } + [
      .get("X: a\u{7F}b\r\n", .fieldValue),
      .get("X: \0\r\n", .fieldValue),
      .get("X:\u{0B}a\r\n", .fieldValue),
      .get("X: a\u{0C}\r\n", .fieldValue),
      .get("Content-Length: \u{0B}5\r\n", .fieldValue),
      .get("Transfer-Encoding: \u{0B}chunked\r\n", .fieldValue),
      .get("Transfer-Encoding: chunked\u{0C}\r\n", .fieldValue),
      .get("Transfer-Encoding: chunked\0\r\n", .fieldValue),
    ]

  static let hosts: [Self] = [
    Self("GET / HTTP/1.1\r\n\r\n", .missingHost),
    Self("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", .missingHost),
    Self("GET http://a/ HTTP/1.1\r\n\r\n", .missingHost),
    Self("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
    Self("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", .repeatedHost),
    Self("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .repeatedHost),
    Self("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
    Self("GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", .host),
    Self("GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", .host),
    Self("GET / HTTP/1.1\r\nHost:\r\n\r\n", .host),
    Self("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .host),
    Self("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .host),
    Self("GET / HTTP/1.1\r\nHost: a:80:90\r\n\r\n", .host),
    Self("GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n", .host),
  ]

  static let lengths: [Self] =
    [
      "+5", "-5", "-0", "5, 5", "5,5", "5,", ",5", "5;", "5 5", "5\t5", "0x5", "5.0", "5e1", "five",
      "", "\"5\"", "'5'", "5_0", "1\u{E9}", "\u{FF15}", "5 ;", "5-", "chunked", "NaN",
    ].map { .post("Content-Length: \($0)\r\n", .contentLength) } + [
      .post("Content-Length: 9223372036854775808\r\n", .contentLengthTooLarge),
      .post("Content-Length: 18446744073709551616\r\n", .contentLengthTooLarge),
      .post("Content-Length: 18446744073709551621\r\n", .contentLengthTooLarge),
      .post("Content-Length: 99999999999999999999999999\r\n", .contentLengthTooLarge),
      .post("Content-Length: 5\r\nContent-Length: 5\r\n", .repeatedContentLength),
      .post("Content-Length: 5\r\nContent-Length: 6\r\n", .repeatedContentLength),
      .post("Content-Length: 0\r\nX: 1\r\ncontent-length: 6\r\n", .repeatedContentLength),
      .post("Content-Length: 5\r\nContent-Length:\r\n", .repeatedContentLength),
      .post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .lengthWithCoding),
      .post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .lengthWithCoding),
      .post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", .lengthWithCoding),
      .post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", .lengthWithCoding),
      .post("Transfer-Encoding:\r\nContent-Length: 5\r\n", .lengthWithCoding),
      .post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", .lengthWithCoding),
    ]

  static let codings: [Self] =
    [
      "identity", "gzip", "xchunked", "chunkedx", "chunke", "gzip, chunked", "identity, chunked",
      "chunked-", "x", "compress",
    ].map { .post("Transfer-Encoding: \($0)\r\n", .unknownCoding) }
    + [
      "", ",", "chunked,", ",chunked", "chunked,,", "chunked;q=1", "chunked; x=y", "\"chunked\"",
      "chunked chunked", "chunked\tx", "[chunked]", "chunked;", "gzip;chunked", "ch\u{FC}nked",
    ].map { .post("Transfer-Encoding: \($0)\r\n", .transferCoding) }
    + [
      .post("Transfer-Encoding: chunked, chunked\r\n", .repeatedChunked),
      .post("Transfer-Encoding: Chunked,CHUNKED\r\n", .repeatedChunked),
      .post("Transfer-Encoding: chunked, gzip\r\n", .chunkedNotLast),
      .post("Transfer-Encoding: chunked, identity\r\n", .chunkedNotLast),
      .post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .transferCoding),
      .post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", .transferCoding),
      .post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", .transferCoding),
      .post("Transfer-Encoding: chunked\r\ntransfer-encoding:\r\n", .transferCoding),
      Self("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .codingOnHTTP10),
      Self("POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n", .codingOnHTTP10),
      Self(
        "POST / HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        .lengthWithCoding),
    ]

  static let rest: [Self] =
    [
      "host", "Content-Length", "Transfer-Encoding", "Cookie", "authorization", "x-forwarded-for",
      "close, host", "keep-alive,X-Forwarded-Proto", "X-Request-ID", "traceparent", "via",
    ].map { .get("Connection: \($0)\r\n", .connectionNamesEndToEnd) }
    + ["a b", "\"close\"", "close;x", "(x)", "a=b", "cl\u{F6}se", "x/y"].map {
      .get("Connection: \($0)\r\n", .connectionOption)
    }
    + ["200-ok", "", "100", "100-continue, x", "100-continue;q=1", "100 continue"].map {
      .post("Expect: \($0)\r\n", .expectation)
    } + [
      .post("Expect: 100-continue\r\nExpect: 100-continue\r\n", .expectation),
      .get(String(repeating: "X: 1\r\n", count: 100), .tooManyFields),
      .get("X: " + String(repeating: "x", count: 62_000) + "\r\n", .headTooLarge),
      .line("GET /" + String(repeating: "x", count: 62_000) + " HTTP/1.1", .targetTooLong),
    ]
}
