import HTTPModel
import Routing
import Testing

@Suite struct MaxForwardsTests {
  private func count(_ values: String...) -> (ForwardLimit, [String]) {
    let head = Request.make("/", method: "OPTIONS", values.map { ("Max-Forwards", $0) })
    return (head.countForward(), Array(head.lines.dropFirst()))
  }

  @Test func oneIsTakenForEachHop() {
    #expect(count("10") == (.open, ["max-forwards: 9"]))
    #expect(count("1") == (.open, ["max-forwards: 0"]))
    #expect(count() == (.open, []))
  }

  @Test func nothingGoesFurtherAtZero() {
    #expect(count("0").0 == .reached)
    #expect(count("00").0 == .reached)
  }

  @Test func whatIsNoNumberIsRefused() {
    for value in ["", "-1", "+1", "1.5", "one", "99999999999999999999"] {
      #expect(count(value).0 == .malformed, "\(value)")
    }
    #expect(count("1", "2").0 == .malformed)
  }
}
