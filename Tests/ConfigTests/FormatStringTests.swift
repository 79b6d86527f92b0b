import Config
import Testing

@Suite struct FormatStringTests {
  private func pieces(
    _ text: String, in place: FormatPlace = .accessLog
  ) throws -> [FormatString.Piece] {
    try FormatString(parsing: text, in: place).pieces
  }

  @Test func textAndOperatorsAlternate() throws {
    #expect(try pieces("") == [])
    #expect(try pieces("100%%") == [.text("100%")])
    #expect(
      try pieces("a%PROTOCOL%%ROUTE_NAME%b")
        == [.text("a"), .value(.protocolName), .value(.routeName), .text("b")])
  }

  @Test(arguments: [
    ("%REQ(X-User)%", FieldOperator(isResponse: false, name: .header("x-user"))),
    ("%REQ(:PATH):7%", FieldOperator(isResponse: false, name: .path, maxBytes: 7)),
    (
      "%REQ(A?:method)%",
      FieldOperator(isResponse: false, name: .header("a"), alternative: .method)
    ),
    ("%REQ(host)%", FieldOperator(isResponse: false, name: .authority)),
    ("%REQ(a%b)%", FieldOperator(isResponse: false, name: .header("a%b"))),
    ("%RESP(:status)%", FieldOperator(isResponse: true, name: .status)),
    ("%RESP(host)%", FieldOperator(isResponse: true, name: .header("host"))),
  ])
  func aFieldIsReadWithItsParts(text: String, field: FieldOperator) throws {
    #expect(try pieces(text) == [.field(field)])
  }

  @Test(arguments: [
    "%NOPE%", "%REQ%", "%REQ()%", "%REQ(a?)%", "%REQ(a?b?c)%", "%REQ(a):b%", "%REQ(a):0%",
    "%REQ(a)b%", "%REQ(:status)%", "%RESP(:path)%", "%REQ(a b)%", "%START_TIME", "%REQ(a%",
    "%START_TIME(%s)%", "%DYNAMIC_METADATA(a:b)%",
  ])
  func whatIsNoOperatorIsRefused(text: String) {
    for place in [FormatPlace.requestHeader, .responseHeader, .accessLog] {
      #expect(throws: FormatFault.self) { try pieces(text, in: place) }
    }
  }

  @Test func anOperatorStandsOnlyWhereItsValueIsKnown() throws {
    for text in ["%RESPONSE_CODE%", "%UPSTREAM_HOST%", "%RESP(x)%"] {
      #expect(throws: FormatFault.self) { try pieces(text, in: .requestHeader) }
      #expect(try pieces(text, in: .responseHeader).count == 1)
      #expect(try pieces(text, in: .accessLog).count == 1)
    }
    #expect(throws: FormatFault.self) { try pieces("%TRACE_ID%", in: .responseHeader) }
    #expect(try pieces("%TRACE_ID%") == [.value(.traceID)])
  }

  @Test func aRefusalSaysWhatIsAcceptedThere() throws {
    let inRequest = try #require(throws: FormatFault.self) {
      try pieces("%NOPE%", in: .requestHeader)
    }
    #expect(inRequest.text.hasPrefix("found \"%NOPE%\", accepted: %%, %DOWNSTREAM_REMOTE_ADDRESS%"))
    #expect(!inRequest.text.contains("RESPONSE_CODE"))
    let inLog = try #require(throws: FormatFault.self) { try pieces("%NOPE%") }
    #expect(inLog.text.contains("%RESPONSE_CODE_DETAILS%"))
  }
}
