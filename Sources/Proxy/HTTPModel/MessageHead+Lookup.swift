extension MessageHead {
  /// The first field of a known name that was not taken out; nil when there is none.
  public final func nextIndex(of known: KnownHeader) -> Int? {
    firstIndex(of: known).flatMap { nextIndex(of: known, from: $0) }
  }

  /// The first field of a known name at or behind `start` that was not taken out.
  public final func nextIndex(of known: KnownHeader, from start: Int) -> Int? {
    for index in start..<fieldCount {
      let field = field(at: index)
      if field.known == known, !field.flags.contains(.removed) { return index }
    }
    return nil
  }

  /// The first field of that name at or behind `start` that was not taken out; nil when there is
  /// none. `name`, in lower case, is compared only for names the proxy does not know.
  public final func nextIndex(
    of known: KnownHeader, name: borrowing Span<UInt8>, from start: Int
  ) -> Int? {
    if known != .other {
      return firstIndex(of: known).flatMap { nextIndex(of: known, from: max(start, $0)) }
    }
    for index in start..<fieldCount {
      let field = field(at: index)
      if field.known == .other, !field.flags.contains(.removed), isNamed(field, name) {
        return index
      }
    }
    return nil
  }

  /// The first field of a name that the proxy does not know, here in lower case, that was not taken out.
  public final func nextIndex(named name: StaticString) -> Int? {
    for index in 0..<fieldCount {
      let field = field(at: index)
      if field.known == .other, !field.flags.contains(.removed),
        text(field.name).equalsIgnoringCase(name)
      {
        return index
      }
    }
    return nil
  }

  private final func isNamed(_ field: HeaderField, _ name: borrowing Span<UInt8>) -> Bool {
    Int(field.nameCount) == name.count && text(field.name).equalsIgnoringCase(name)
  }

  /// Takes out every field of that name.
  public final func remove(_ known: KnownHeader) {
    var next = firstIndex(of: known)
    while let index = next {
      mark(index, .removed)
      next = isRepeated(known) ? nextIndex(of: known, from: index &+ 1) : nil
    }
  }
}
