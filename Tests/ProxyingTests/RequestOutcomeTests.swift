import Telemetry
import Testing
import Upstreams

@testable import Proxying

@Suite("RequestOutcome")
struct RequestOutcomeTests {
  private func outcome(status: Int, _ flags: ResponseFlags = []) -> RequestOutcome {
    var attempt = AttemptRecord()
    attempt.status = status
    attempt.flags = flags
    return RequestOutcome(attempt)
  }

  @Test(arguments: [200, 304, 404, 499])
  func anAnswerBelow500IsASuccess(status: Int) { #expect(outcome(status: status) == .success) }

  @Test(arguments: [500, 503, 599])
  func anAnswerFrom500OnIsAFailure(status: Int) { #expect(outcome(status: status) == .failure) }

  @Test func whatFlagsSayCountsMoreThanTheStatus() {
    #expect(outcome(status: 200, .upstreamConnectionTermination) == .failure)
    #expect(outcome(status: 0, .upstreamConnectionFailure) == .failure)
    #expect(outcome(status: 200, .upstreamRequestTimeout) == .timeout)
  }

  /// It was no fault of the endpoint's.
  @Test(arguments: [ResponseFlags.downstreamConnectionTermination, .upstreamOverflow])
  func aClientThatLeavesOrABoundIsNoFailure(flag: ResponseFlags) {
    #expect(outcome(status: 0, flag) == .cancelled)
  }
}
