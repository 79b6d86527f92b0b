extension MessageHead {
  /// The first field of a known name that was not taken out; nil when there is none.
  public final func nextIndex(of known: KnownHeader) -> Int? {
    guard let first = firstIndex(of: known) else { return nil }
    let fields = self.fields
    for index in first..<fields.count
    where fields[index].known == known && !fields[index].flags.contains(.removed) {
      return index
    }
    return nil
  }

  /// The first field of that name at or behind `start` that was not taken out; nil when there is
  /// none. `name`, in lower case, is compared only for names the proxy does not know.
  public final func nextIndex(
    of known: KnownHeader, name: borrowing Span<UInt8>, from start: Int
  ) -> Int? {
    var index = start
    if known != .other {
      guard let first = firstIndex(of: known) else { return nil }
      index = max(index, first)
    }
    let fields = self.fields
    while index < fields.count {
      let field = fields[index]
      if field.known == known, !field.flags.contains(.removed),
        known != .other || isNamed(field, name)
      {
        return index
      }
      index &+= 1
    }
    return nil
  }

  private final func isNamed(_ field: HeaderField, _ name: borrowing Span<UInt8>) -> Bool {
    Int(field.nameCount) == name.count && text(field.name).equalsIgnoringCase(name)
  }
}
