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
    var text = Self.template
    Self.encode(traceHigh, into: &text, at: 14)
    Self.encode(traceLow, into: &text, at: 30)
    Self.encode(spanID, into: &text, at: 47)
    text[65] = 0x30 &+ (flags.rawValue & 3)
    let bytes = text.span
    head.add(.traceparent, name: bytes.extracting(0..<11), value: bytes.extracting(11..<66))
  }

  /// `traceparent` and behind it the value with zeros for the ids and the flags.
  private static let template: InlineArray<66, UInt8> = [
    0x74, 0x72, 0x61, 0x63, 0x65, 0x70, 0x61, 0x72, 0x65, 0x6E, 0x74, 0x30, 0x30, 0x2D, 0x30, 0x30,
    0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30,
    0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x2D, 0x30,
    0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x2D,
    0x30, 0x30,
  ]

  /// Writes a word as 16 lower-case hexadecimal digits.
  @inline(__always)
  private static func encode(_ id: UInt64, into text: inout InlineArray<66, UInt8>, at start: Int) {
    let high = HexWord.encode(id &>> 32)
    let low = HexWord.encode(id)
    for index in 0..<8 {
      let shift = UInt64(index &* 8)
      text[start &+ index] = UInt8(truncatingIfNeeded: high &>> shift)
      text[start &+ 8 &+ index] = UInt8(truncatingIfNeeded: low &>> shift)
    }
  }

  /// The request's `traceparent`; nil when there is none, more than one, or it is malformed.
  private static func soleTraceparent(of head: RequestHead) -> Traceparent? {
    guard let first = head.firstIndex(of: .traceparent) else { return nil }
    let fields = head.fields
    var index = first &+ 1
    while index < fields.count {
      if fields[index].known == .traceparent { return nil }
      index &+= 1
    }
    let value = head.text(fields[first].value)
    return Traceparent(decoding: value.extracting(value.trimmedIndices))
  }

  /// Keeps the `tracestate` if all of its fields together are well formed; else takes it out.
  private mutating func adoptState(of head: RequestHead) {
    guard let first = head.firstIndex(of: .tracestate) else { return }
    guard let fieldCount = Self.stateFieldCount(of: head, from: first) else {
      head.remove(.tracestate)
      return
    }
    state = fieldCount == 1 ? head.fields[first].value : head.combineTraceState(from: first)
  }

  /// How many `tracestate` fields there are; nil when they are malformed, too long or empty.
  private static func stateFieldCount(of head: RequestHead, from first: Int) -> Int? {
    let fields = head.fields
    var members = 0
    var fieldCount = 0
    var bytes = 0
    var index = first
    while index < fields.count {
      if fields[index].known == .tracestate {
        let value = head.text(fields[index].value)
        guard let more = TraceState.memberCount(value) else { return nil }
        members &+= more
        fieldCount &+= 1
        bytes &+= value.count &+ 1
      }
      index &+= 1
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
    let nameOffset = bytes.count
    bytes.append(KnownHeader.tracestate.name)
    let valueOffset = bytes.count
    for index in first..<fields.count where fields[index].known == .tracestate {
      guard fields[index].valueCount > 0 else { continue }
      if bytes.count > valueOffset { bytes.append(UInt8(ascii: ",")) }
      bytes.append(value(at: index))
    }
    remove(.tracestate)
    let field = HeaderField(
      nameOffset: nameOffset, nameCount: valueOffset - nameOffset, valueOffset: valueOffset,
      valueCount: bytes.count - valueOffset, known: .tracestate)
    append(field)
    return field.value
  }
}
