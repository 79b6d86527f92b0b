/// A head's fields in the order received, and where each known name stands first. Memory that it has
/// grown to is kept.
@usableFromInline
struct HeaderTable {
  /// The first `count` are fields.
  @usableFromInline var slots: [HeaderField] = []
  @usableFromInline var count = 0
  /// Known names that stand in the table, and those that stand more than once, a bit for each.
  @usableFromInline var presentNames: UInt32 = 0
  @usableFromInline var repeatedNames: UInt32 = 0
  /// First field of each name that is present.
  @usableFromInline var firstIndices = InlineArray<32, UInt16>(repeating: 0)

  /// Without memory of its own until the first field.
  init() {}

  mutating func reserve(_ capacity: Int) {
    slots.reserveCapacity(capacity)
    while slots.count < capacity { slots.append(HeaderField()) }
  }

  /// Forgets the fields; keeps the memory.
  mutating func clear() {
    count = 0
    presentNames = 0
    repeatedNames = 0
  }

  @inlinable @inline(__always)
  mutating func append(_ field: HeaderField) {
    if count == slots.count { grow() }
    slots[count] = field
    if field.known != .other { note(field.known) }
    count &+= 1
  }

  @inline(never) @usableFromInline
  mutating func grow() { reserve(max(8, count * 2)) }

  @inlinable @inline(__always)
  mutating func note(_ known: KnownHeader) {
    let bit = known.bit
    repeatedNames |= presentNames & bit
    if presentNames & bit == 0 {
      presentNames |= bit
      firstIndices[Int(known.rawValue)] = UInt16(truncatingIfNeeded: count)
    }
  }

  @inlinable
  func field(at index: Int) -> HeaderField {
    precondition(index < count, "a field of the table")
    return slots[index]
  }

  /// The first field of that name, whatever its flags; nil when there is none.
  @inlinable
  func firstIndex(of known: KnownHeader) -> Int? {
    presentNames & known.bit == 0 ? nil : Int(firstIndices[Int(known.rawValue)])
  }

  /// Stands more than once.
  func isRepeated(_ known: KnownHeader) -> Bool { repeatedNames & known.bit != 0 }

  mutating func mark(_ index: Int, _ flags: HeaderField.Flags) {
    precondition(index < count, "a field of the table")
    slots[index].flags.formUnion(flags)
  }

  mutating func unmark(_ index: Int, _ flags: HeaderField.Flags) {
    precondition(index < count, "a field of the table")
    slots[index].flags.subtract(flags)
  }

  /// Lets a field's value stand elsewhere in the head's bytes.
  mutating func setValue(_ index: Int, _ value: ByteRange) {
    precondition(index < count, "a field of the table")
    slots[index].valueOffset = value.offset
    slots[index].valueCount = value.count
    slots[index].flags.remove(.line)
  }
}

extension KnownHeader {
  @inlinable @inline(__always)
  var bit: UInt32 { 1 &<< UInt32(rawValue) }
}
