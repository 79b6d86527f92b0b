import HTTP1
import Testing

@Suite struct HostileRequestTests {
  @Test(arguments: HostileRequest.all)
  func refuses(request: HostileRequest) {
    #expect(fault(request.bytes) == request.expected)
  }

  /// However a hostile request is cut, it is refused once it is whole; only what it is refused for may
  /// differ when it has two faults.
  @Test(arguments: HostileRequest.all.filter { $0.bytes.utf8.count < 1_000 })
  func refusesHoweverItIsCut(request: HostileRequest) {
    let bytes = Array(request.bytes.utf8) + Array("\r\n\r\n".utf8)
    for cut in 0..<bytes.count {
      #expect(throws: HTTP1Fault.self) { try decodeRequest(bytes, cuts: [cut]) }
    }
    #expect(throws: HTTP1Fault.self) { try decodeRequest(bytes, cuts: Array(0..<bytes.count)) }
  }

  @Test func hasStatusAndReasonForEveryFault() {
    let statuses: Set = [400, 413, 414, 417, 431, 501, 505]
    var reasons: Set<String> = []
    for fault in HTTP1Fault.allCases {
      #expect(statuses.contains(fault.status))
      #expect(reasons.insert("\(fault.reason)").inserted, "\(fault)")
    }
    #expect(HTTP1Fault.allCases.count(where: { "\($0.reason)" == "body_cut_short" }) == 1)
  }

  @Test func coversAWideFieldOfAttacks() {
    #expect(HostileRequest.all.count >= 250)
  }
}
