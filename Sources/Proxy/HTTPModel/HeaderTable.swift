/// A head's fields in the order received, and where each known name stands first.
/// A codec takes the table out of its head, fills it and puts it back: no access to the head is
/// checked while it works, and the array's memory is kept.
public struct HeaderTable: Sendable {
  @usableFromInline var storedFields: [HeaderField] = []
  /// First field of each known name, plus one; 0: absent.
  @usableFromInline var firstField = InlineArray<32, UInt16>(repeating: 0)
  /// Known names that stand more than once, a bit for each.
  @usableFromInline var repeatedNames: UInt32 = 0

  /// Without memory of its own until the first field.
  public init() {}

  @inlinable public var fields: [HeaderField] { storedFields }
  @inlinable public var count: Int { storedFields.count }

  public mutating func reserve(_ count: Int) { storedFields.reserveCapacity(count) }

  /// Forgets the fields; keeps the memory.
  public mutating func clear() {
    storedFields.removeAll(keepingCapacity: true)
    firstField = InlineArray(repeating: 0)
    repeatedNames = 0
  }

  @inlinable @inline(__always)
  public mutating func append(_ field: HeaderField) {
    storedFields.append(field)
    if field.known != .other { note(field.known) }
  }

  @inlinable @inline(__always)
  mutating func note(_ known: KnownHeader) {
    let slot = Int(known.rawValue)
    if firstField[slot] == 0 {
      firstField[slot] = UInt16(truncatingIfNeeded: storedFields.count)
    } else {
      repeatedNames |= 1 &<< UInt32(known.rawValue)
    }
  }

  /// The first field of that name, whatever its flags; nil when there is none.
  @inlinable
  public func firstIndex(of known: KnownHeader) -> Int? {
    let position = firstField[Int(known.rawValue)]
    return position == 0 ? nil : Int(position) - 1
  }

  /// Stands more than once.
  @inlinable
  public func isRepeated(_ known: KnownHeader) -> Bool {
    (repeatedNames &>> UInt32(known.rawValue)) & 1 != 0
  }

  /// Marks one field.
  public mutating func mark(_ index: Int, _ flags: HeaderField.Flags) {
    storedFields[index].flags.formUnion(flags)
  }

  /// Takes a mark away.
  public mutating func unmark(_ index: Int, _ flags: HeaderField.Flags) {
    storedFields[index].flags.subtract(flags)
  }

  /// Lets a field's value stand elsewhere in the head's bytes.
  public mutating func setValue(_ index: Int, _ value: ByteRange) {
    storedFields[index].valueOffset = value.offset
    storedFields[index].valueCount = UInt16(truncatingIfNeeded: value.count)
  }
}
