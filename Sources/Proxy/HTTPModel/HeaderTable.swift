/// A head's fields in the order received, and where each known name stands first.
/// A codec takes the table out of its head, fills it and puts it back: no access to the head is
/// checked while it works, and the array's memory is kept.
public struct HeaderTable: Sendable {
  public private(set) var fields: [HeaderField] = []
  /// First field of each known name, plus one; 0: absent.
  private var firstField = InlineArray<32, UInt16>(repeating: 0)
  /// Known names that stand more than once, a bit for each.
  private var repeatedNames: UInt32 = 0

  /// Without memory of its own until the first field.
  public init() {}

  public var count: Int { fields.count }

  public mutating func reserve(_ count: Int) { fields.reserveCapacity(count) }

  /// Forgets the fields; keeps the memory.
  public mutating func clear() {
    fields.removeAll(keepingCapacity: true)
    firstField = InlineArray(repeating: 0)
    repeatedNames = 0
  }

  public mutating func append(_ field: HeaderField) {
    fields.append(field)
    if field.known != .other { note(field.known) }
  }

  @inline(__always)
  private mutating func note(_ known: KnownHeader) {
    let slot = Int(known.rawValue)
    if firstField[slot] == 0 {
      firstField[slot] = UInt16(truncatingIfNeeded: fields.count)
    } else {
      repeatedNames |= 1 &<< UInt32(known.rawValue)
    }
  }

  /// The first field of that name, whatever its flags; nil when there is none.
  public func firstIndex(of known: KnownHeader) -> Int? {
    let position = firstField[Int(known.rawValue)]
    return position == 0 ? nil : Int(position) - 1
  }

  /// Stands more than once.
  public func isRepeated(_ known: KnownHeader) -> Bool {
    (repeatedNames &>> UInt32(known.rawValue)) & 1 != 0
  }

  /// Marks one field.
  public mutating func mark(_ index: Int, _ flags: HeaderField.Flags) {
    fields[index].flags.formUnion(flags)
  }

  /// Takes a mark away.
  public mutating func unmark(_ index: Int, _ flags: HeaderField.Flags) {
    fields[index].flags.subtract(flags)
  }

  /// Lets a field's value stand elsewhere in the head's bytes.
  public mutating func setValue(_ index: Int, _ value: ByteRange) {
    fields[index].valueOffset = value.offset
    fields[index].valueCount = UInt16(truncatingIfNeeded: value.count)
  }
}
