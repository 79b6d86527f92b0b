import HTTPModel
import Testing

@testable import Telemetry

private let traceID = "12345678901234567890123456789012"
private let parentID = "1234567890123456"

/// What goes out for what came in, with our identifiers known.
struct Traced {
  var context: TraceContext
  var traceparent: String
  var tracestate: [String]

  init(_ fields: [(String, String)], percent: Double = 0) {
    let head = requestHead(fields)
    context = .begin(
      for: head,
      identifiers: .init(traceHigh: 0xAAAA_0000_0000_0001, traceLow: 0xBBBB, spanID: 0xCC),
      sampler: .init(percent: percent))
    context.propagate(spanID: 0xDD, in: head)
    let sent = head.forwarded(.traceparent)
    #expect(sent.count == 1, "exactly one traceparent goes out")
    traceparent = sent.first ?? ""
    tracestate = head.forwarded(.tracestate)
  }

  /// The outgoing trace's id.
  var trace: String { String(traceparent.dropFirst(3).prefix(32)) }
  var isRestarted: Bool { trace == "aaaa000000000001000000000000bbbb" }
}

@Suite("traceparent")
struct TraceparentTests {
  @Test func beginsATraceWhereThereIsNone() {
    let traced = Traced([])
    #expect(traced.traceparent == "00-aaaa000000000001000000000000bbbb-00000000000000dd-02")
    #expect(traced.context.parentSpanID == 0)
    #expect(traced.tracestate.isEmpty)
  }

  @Test func continuesTheCallersTraceWithOurSpan() {
    let traced = Traced([("traceparent", "00-\(traceID)-\(parentID)-01")])
    #expect(traced.traceparent == "00-\(traceID)-00000000000000dd-01")
    #expect(traced.context.parentSpanID == 0x1234_5678_9012_3456)
    #expect(traced.context.spanID == 0xCC)
  }

  @Test(arguments: ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"])
  func knowsTheNameInAnyCase(name: String) {
    #expect(Traced([(name, "00-\(traceID)-\(parentID)-01")]).trace == traceID)
  }

  @Test(arguments: ["trace-parent", "trace.parent"])
  func knowsNoOtherName(name: String) {
    #expect(Traced([(name, "00-\(traceID)-\(parentID)-01")]).isRestarted)
  }

  @Test func restartsWhenThereAreTwo() {
    let one = ("traceparent", "00-12345678901234567890123456789011-\(parentID)-01")
    let two = ("traceparent", "00-\(traceID)-\(parentID)-01")
    #expect(Traced([one, two]).isRestarted)
    #expect(Traced([two, two]).isRestarted, "even when they agree")
    #expect(Traced([two, ("tracestate", "foo=1"), two]).tracestate.isEmpty)
  }

  @Test(arguments: [
    // version 00 with more behind it
    "00-\(traceID)-\(parentID)-01.",
    "00-\(traceID)-\(parentID)-01-what-the-future-will-be-like",
    "00-\(traceID)-\(parentID)-01-",
    // the version
    "ff-\(traceID)-\(parentID)-01", ".0-\(traceID)-\(parentID)-01", "0.-\(traceID)-\(parentID)-01",
    "000-\(traceID)-\(parentID)-01", "0000-\(traceID)-\(parentID)-01",
    "0-\(traceID)-\(parentID)-01",
    "FE-\(traceID)-\(parentID)-01", "cc-\(traceID)-\(parentID)-01.what-the-future-will-be-like",
    "cc-\(traceID)-\(parentID)-0",
    // the trace's id
    "00-00000000000000000000000000000000-\(parentID)-01",
    "00-.2345678901234567890123456789012-\(parentID)-01",
    "00-1234567890123456789012345678901.-\(parentID)-01",
    "00-123456789012345678901234567890123-\(parentID)-01",
    "00-1234567890123456789012345678901-\(parentID)-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(parentID)-01",
    "00-1234567890123456789012345678901g-\(parentID)-01",
    "00-1234567890123456/890123456789012-\(parentID)-01",
    "00-1234567890123456:890123456789012-\(parentID)-01",
    "00-1234567890123456`890123456789012-\(parentID)-01",
    // the parent's id
    "00-\(traceID)-0000000000000000-01", "00-\(traceID)-.234567890123456-01",
    "00-\(traceID)-123456789012345.-01", "00-\(traceID)-12345678901234567-01",
    "00-\(traceID)-123456789012345-01", "00-\(traceID)-123456789012345A-01",
    // the flags
    "00-\(traceID)-\(parentID)-.0", "00-\(traceID)-\(parentID)-0.", "00-\(traceID)-\(parentID)-001",
    "00-\(traceID)-\(parentID)-1", "00-\(traceID)-\(parentID)-0F", "00-\(traceID)-\(parentID)-",
    // the dashes
    "00 \(traceID)-\(parentID)-01", "00-\(traceID)_\(parentID)-01", "00-\(traceID)-\(parentID)001",
    "", "-", "00",
  ])
  func restartsOnAMalformedValue(value: String) {
    let traced = Traced([("traceparent", value), ("tracestate", "foo=1")])
    #expect(traced.isRestarted)
    #expect(traced.tracestate.isEmpty, "a restarted trace drops the state")
    #expect(traced.context.parentSpanID == 0)
  }

  @Test(arguments: [
    "cc-\(traceID)-\(parentID)-01", "cc-\(traceID)-\(parentID)-01-what-the-future-will-be-like",
    "01-\(traceID)-\(parentID)-01-", "fe-\(traceID)-\(parentID)-01",
  ])
  func readsAFutureVersionAsFarAsItKnowsIt(value: String) {
    #expect(Traced([("traceparent", value)]).traceparent == "00-\(traceID)-00000000000000dd-01")
  }

  @Test(arguments: [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")])
  func ignoresBlanksAround(before: String, after: String) {
    let value = "\(before)00-\(traceID)-\(parentID)-01\(after)"
    #expect(Traced([("traceparent", value)]).trace == traceID)
  }

  @Test(arguments: [
    ("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00"),
  ])
  func passesOnTheFlagsItKnows(incoming: String, outgoing: String) {
    let traced = Traced([("traceparent", "00-\(traceID)-\(parentID)-\(incoming)")])
    #expect(traced.traceparent.suffix(2) == outgoing)
  }

  @Test func honoursTheCallersDecisionWhateverTheShare() {
    let yes = [("traceparent", "00-\(traceID)-\(parentID)-01")]
    let no = [("traceparent", "00-\(traceID)-\(parentID)-00")]
    #expect(Traced(yes, percent: 0).context.isSampled)
    #expect(!Traced(no, percent: 100).context.isSampled)
  }

  @Test func aNewTraceIsSampledByItsShare() {
    #expect(Traced([], percent: 100).traceparent.suffix(2) == "03")
    #expect(Traced([], percent: 0).traceparent.suffix(2) == "02")
  }

  @Test func eachAttemptReplacesTheCallerBefore() {
    let head = requestHead([("traceparent", "00-\(traceID)-\(parentID)-01")])
    let ids = TraceIdentifiers(traceHigh: 1, traceLow: 2, spanID: 3)
    let context = TraceContext.begin(for: head, identifiers: ids, sampler: .init(percent: 0))
    context.propagate(spanID: 0xD1, in: head)
    context.propagate(spanID: 0xFEDC_BA98_7654_3210, in: head)
    #expect(head.forwarded(.traceparent) == ["00-\(traceID)-fedcba9876543210-01"])
  }

  @Test func idsAreNeverZero() {
    let ids = TraceIdentifiers(traceHigh: 0, traceLow: 0, spanID: 0)
    let head = requestHead()
    let context = TraceContext.begin(for: head, identifiers: ids, sampler: .init(percent: 0))
    #expect(context.traceLow == 1)
    #expect(context.spanID == 1)
  }
}

@Suite("trace sampling")
struct TraceSamplerTests {
  @Test func takesTheShareAskedForOfRandomTraces() {
    var generator = SystemRandomNumberGenerator()
    let sampler = TraceSampler(percent: 10)
    let total = 100_000
    let taken = (0..<total).count { _ in sampler.samples(traceLow: generator.next()) }
    // Binomial: mean 10,000, standard deviation 95; seven of them are left.
    #expect(abs(taken - total / 10) < 665)
  }

  @Test func decidesByTheLowSevenBytesAlone() {
    let half = TraceSampler(percent: 50)
    #expect(half.samples(traceLow: 0x0080_0000_0000_0000))
    #expect(!half.samples(traceLow: 0xFF7F_FFFF_FFFF_FFFF))
  }

  @Test(arguments: [(-5.0, false), (0.0, false), (100.0, true), (250.0, true), (.nan, false)])
  func clampsAShareOutOfRange(percent: Double, sampled: Bool) {
    let sampler = TraceSampler(percent: percent)
    for low: UInt64 in [0, 1, 1 << 55, 1 << 56 - 1, .max] {
      #expect(sampler.samples(traceLow: low) == sampled)
    }
  }
}
