import Testing

@testable import Telemetry

@Suite("partial success of an export")
struct PartialSuccessTests {
  @Test func tellsHowManySpansWereRejectedAndWhy() throws {
    // partial_success { rejected_spans: 300 error_message: "full" }
    let response: [UInt8] = [0x0A, 9, 0x08, 0xAC, 0x02, 0x12, 4] + Array("full".utf8)
    let partial = try #require(PartialSuccess(decoding: response))
    #expect(partial.rejectedSpans == 300)
    #expect(partial.message == "full")
  }

  @Test func anEmptyResponseRejectsNothing() {
    #expect(PartialSuccess(decoding: [])?.rejectedSpans == 0)
    #expect(PartialSuccess(decoding: [0x0A, 0])?.rejectedSpans == 0)
  }

  @Test func fieldsOfLaterVersionsAreSkipped() {
    let response: [UInt8] = [
      0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x10, 7, 0x0A, 2, 0x08, 5,
    ]
    #expect(PartialSuccess(decoding: response)?.rejectedSpans == 5)
  }

  @Test(arguments: [
    [0x0A], [0x0A, 5, 0x08], [0x0B], Array("{}".utf8), [0x0A, 2, 0x08, 0x80],
    [UInt8](repeating: 0xFF, count: 12),
  ])
  func whatIsNoSuchMessageIsNil(_ response: [UInt8]) {
    #expect(PartialSuccess(decoding: response) == nil)
  }
}
