/// Part of a head's bytes.
public struct ByteRange: Equatable, Sendable {
  public var offset: UInt32
  public var count: UInt32

  @inlinable
  public init(offset: Int, count: Int) {
    self.offset = UInt32(truncatingIfNeeded: offset)
    self.count = UInt32(truncatingIfNeeded: count)
  }

  @inlinable public static var empty: ByteRange { ByteRange(offset: 0, count: 0) }
  @inlinable public var isEmpty: Bool { count == 0 }
  @inlinable public var indices: Range<Int> { Int(offset)..<Int(offset &+ count) }
}

/// Where one header field stands in its head's bytes, and what the codec knows about it.
public struct HeaderField: Sendable {
  /// What becomes of a field when the head is sent on.
  public struct Flags: OptionSet, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Taken out by routing or a filter.
    @inlinable public static var removed: Flags { Flags(rawValue: 1) }
    /// Concerns one connection only (RFC 9110 section 7.6.1): never sent on.
    @inlinable public static var hopByHop: Flags { Flags(rawValue: 2) }
    /// Says how the body is framed; the encoder writes its own.
    @inlinable public static var framing: Flags { Flags(rawValue: 4) }
    /// Stands in the head's bytes as the line `name: value` CRLF, so that it can be sent on as it is.
    @inlinable public static var line: Flags { Flags(rawValue: 8) }
  }

  public var nameOffset: UInt32 = 0
  public var valueOffset: UInt32 = 0
  public var valueCount: UInt32 = 0
  /// Names are short: those received by the bounds of heads, those configured by `HeaderText`.
  public var nameCount: UInt16 = 0
  public var known = KnownHeader.other
  public var flags = Flags()

  init() {}

  @inlinable
  public init(
    nameOffset: Int, nameCount: Int, valueOffset: Int, valueCount: Int, known: KnownHeader,
    flags: Flags = []
  ) {
    self.nameOffset = UInt32(truncatingIfNeeded: nameOffset)
    self.valueOffset = UInt32(truncatingIfNeeded: valueOffset)
    self.valueCount = UInt32(truncatingIfNeeded: valueCount)
    self.nameCount = UInt16(nameCount)
    self.known = known
    self.flags = flags
  }

  @inlinable public var name: ByteRange {
    ByteRange(offset: Int(nameOffset), count: Int(nameCount))
  }
  @inlinable public var value: ByteRange {
    ByteRange(offset: Int(valueOffset), count: Int(valueCount))
  }
  /// Nothing keeps it from being sent on.
  @inlinable public var isForwarded: Bool { flags.subtracting(.line).isEmpty }
  @inlinable public var isLine: Bool { flags.contains(.line) }
  /// Behind the line, when it is one.
  @inlinable public var lineEnd: Int { Int(valueOffset) &+ Int(valueCount) &+ 2 }
}
