import HTTPModel
import Memory

extension TraceContext {
  /// Continues the trace a request belongs to, or begins one where it has none or what it has is
  /// malformed; a restarted trace drops the `tracestate`. The head keeps a `tracestate` that goes on,
  /// as one field.
  /// - Parameters:
  ///   - identifiers: random words; the trace's are used only for a new trace.
  ///   - sampler: decides for new traces; a caller's decision is honoured.
  public static func begin(
    for head: RequestHead, identifiers: TraceIdentifiers, sampler: TraceSampler
  ) -> TraceContext {
    var context = TraceContext()
    context.spanID = identifiers.spanID
    if let parent = soleTraceparent(of: head) {
      context.traceHigh = parent.traceHigh
      context.traceLow = parent.traceLow
      context.parentSpanID = parent.parentID
      context.flags = parent.flags
      context.adoptState(of: head)
    } else {
      context.traceHigh = identifiers.traceHigh
      context.traceLow = identifiers.traceLow
      context.flags = .randomTraceID
      if sampler.samples(traceLow: context.traceLow) { context.flags.insert(.sampled) }
      head.remove(.tracestate)
    }
    return context
  }

  /// A trace that begins with a TCP connection, which carries no context.
  public static func begin(identifiers: TraceIdentifiers, sampler: TraceSampler) -> TraceContext {
    var context = TraceContext()
    context.spanID = identifiers.spanID
    context.traceHigh = identifiers.traceHigh
    context.traceLow = identifiers.traceLow
    context.flags = .randomTraceID
    if sampler.samples(traceLow: context.traceLow) { context.flags.insert(.sampled) }
    return context
  }

  /// Makes the head say that `spanID` is the caller; replaces what it said before. Call once for each
  /// attempt.
  public func propagate(spanID: UInt64, in head: RequestHead) {
    head.remove(.traceparent)
    let bytes = head.bytes
    head.addField(.traceparent, name: "traceparent") {
      bytes.append("00-")
      bytes.append(hex: traceHigh, digits: 16)
      bytes.append(hex: traceLow, digits: 16)
      bytes.append("-")
      bytes.append(hex: spanID, digits: 16)
      bytes.append("-0")
      bytes.append(0x30 &+ (flags.rawValue & 3))
    }
  }

  /// The request's `traceparent`; nil when there is none, more than one, or it is malformed.
  private static func soleTraceparent(of head: RequestHead) -> Traceparent? {
    guard let index = head.firstIndex(of: .traceparent), !head.isRepeated(.traceparent)
    else { return nil }
    let value = head.value(at: index)
    return Traceparent(decoding: value.extracting(value.trimmedIndices))
  }

  /// Keeps the `tracestate` if all of its fields together are well formed; else takes it out.
  private mutating func adoptState(of head: RequestHead) {
    guard let first = head.firstIndex(of: .tracestate) else { return }
    guard let fieldCount = Self.stateFieldCount(of: head, from: first) else {
      head.remove(.tracestate)
      return
    }
    state = fieldCount == 1 ? head.field(at: first).value : head.combineTraceState(from: first)
  }

  /// How many `tracestate` fields there are; nil when they are malformed, too long or empty.
  private static func stateFieldCount(of head: RequestHead, from first: Int) -> Int? {
    var members = 0
    var fieldCount = 0
    var bytes = 0
    for index in first..<head.fieldCount where head.field(at: index).known == .tracestate {
      let value = head.value(at: index)
      guard let more = TraceState.memberCount(value) else { return nil }
      members &+= more
      fieldCount &+= 1
      bytes &+= value.count &+ 1
    }
    guard members > 0, members <= TraceState.maxMembers, bytes <= Int(UInt16.max) else {
      return nil
    }
    return fieldCount
  }
}

extension RequestHead {
  /// Replaces several `tracestate` fields by one with their values in order (RFC 9110 section 5.3).
  fileprivate func combineTraceState(from first: Int) -> ByteRange {
    let start = bytes.count
    bytes.append(KnownHeader.tracestate.name)
    let valueOffset = beginValue()
    for index in first..<fieldCount where field(at: index).known == .tracestate {
      let value = value(at: index)
      if value.isEmpty { continue }
      if bytes.count > valueOffset { bytes.append(UInt8(ascii: ",")) }
      bytes.append(value)
    }
    remove(.tracestate)
    endField(.tracestate, from: start, valueOffset: valueOffset)
    return field(at: fieldCount &- 1).value
  }
}
