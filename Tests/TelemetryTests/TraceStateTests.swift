import HTTPModel
import Testing

@testable import Telemetry

@Suite("tracestate")
struct TraceStateTests {
  private static let parent = (
    "traceparent", "00-12345678901234567890123456789012-1234567890123456-00"
  )

  /// The `tracestate` fields sent on for those that came in with a valid `traceparent`.
  private func sent(_ values: String...) -> [String] { sent(values) }

  private func sent(_ values: [String]) -> [String] {
    let traced = Traced([Self.parent] + values.map { ("tracestate", $0) })
    #expect(traced.trace == "12345678901234567890123456789012", "the state never breaks the trace")
    return traced.tracestate
  }

  @Test func isDroppedWithoutATraceparent() {
    #expect(Traced([("tracestate", "foo=1")]).tracestate.isEmpty)
    #expect(Traced([("tracestate", "foo=1,bar=2"), ("tracestate", "a=b")]).tracestate.isEmpty)
  }

  @Test func goesOnAsItCame() {
    #expect(sent("foo=1,bar=2") == ["foo=1,bar=2"])
    #expect(sent("foo=1 \t , \t bar=2, \t baz=3") == ["foo=1 \t , \t bar=2, \t baz=3"])
  }

  @Test func severalFieldsBecomeOneInTheirOrder() {
    #expect(
      sent("foo=1,bar=2", "rojo=1,congo=2", "baz=3") == ["foo=1,bar=2,rojo=1,congo=2,baz=3"])
    #expect(sent("foo=1", "") == ["foo=1"])
    #expect(sent("", "foo=1") == ["foo=1"])
  }

  @Test func anEmptyOneIsNotSentOn() {
    #expect(sent("").isEmpty)
    #expect(sent(" , ,").isEmpty)
    #expect(sent("", "").isEmpty)
  }

  @Test func emptyMembersAreAllowed() { #expect(sent("foo=1,,bar=2, ") == ["foo=1,,bar=2, "]) }

  @Test func doubledKeysAreTheSendersBusiness() {
    #expect(sent("foo=1,foo=1") == ["foo=1,foo=1"])
    #expect(sent("foo=1", "foo=2") == ["foo=1,foo=2"])
  }

  @Test(arguments: ["trace-state", "trace.state"])
  func knowsNoOtherName(name: String) {
    #expect(Traced([Self.parent, (name, "foo=1")]).tracestate.isEmpty)
  }

  @Test func takesEveryLegalByte() {
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
    let value = String(
      String.UnicodeScalarView(
        (0x20...0x7E).filter { $0 != 0x2C && $0 != 0x3D }.compactMap(Unicode.Scalar.init)))
    #expect(sent("\(key)=\(value)") == ["\(key)=\(value)"])
    #expect(sent("\(key)@a-z0-9_-*/=\(value)") == ["\(key)@a-z0-9_-*/=\(value)"])
  }

  @Test(arguments: ["foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2", "0a@b=1"])
  func takesAtSignsBehindTheFirstByte(value: String) { #expect(sent(value) == [value]) }

  @Test(arguments: [
    "foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "_foo=1", "foo", "foo=1,bar", "=1",
    "foo=bar=baz",
    "foo=,bar=3", "foo= ,bar=3", "foo=a\u{1}b", "foo=a\tb", "foo=é", "foo=\u{7F}", "ok=1;foo=2=3",
  ])
  func isDroppedWholeWhenOneMemberIsMalformed(value: String) {
    #expect(sent(value).isEmpty)
    #expect(sent("good=1", value).isEmpty)
    #expect(sent(value, "good=1").isEmpty)
  }

  @Test func takesThirtyTwoMembersAndNotOneMore() {
    let members = (1...33).map { "bar\($0)=\($0)" }
    let fields = [members[..<10], members[10..<20], members[20..<32]].map {
      $0.joined(separator: ",")
    }
    #expect(sent(fields) == [members[..<32].joined(separator: ",")])
    #expect(sent(fields + [members[32]]).isEmpty)
    #expect(sent(members.joined(separator: ",")).isEmpty)
  }

  @Test func boundsKeysAndValues() {
    let key = String(repeating: "z", count: 256)
    let value = String(repeating: "v", count: 256)
    #expect(sent("foo=1", "\(key)=\(value)") == ["foo=1,\(key)=\(value)"])
    #expect(sent("foo=1", "\(key)z=1").isEmpty)
    #expect(sent("foo=1", "bar=\(value)v").isEmpty)
    let tenant = String(repeating: "t", count: 242) + "@v"
    #expect(sent("\(tenant)=1") == ["\(tenant)=1"])
  }
}
