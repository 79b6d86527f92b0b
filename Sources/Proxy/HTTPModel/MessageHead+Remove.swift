extension MessageHead {
  /// Takes out every field of that name.
  public final func remove(_ known: KnownHeader) {
    guard let first = firstIndex(of: known) else { return }
    var search = kept(known, from: first)
    while let found = search.index {
      mark(found, .removed)
      guard search.isRepeated else { return }
      search = kept(known, from: found &+ 1)
    }
  }

  /// The first field of that name not taken out yet, and whether there are more. The table must not be
  /// held when a field is marked: it would be copied.
  private final func kept(_ known: KnownHeader, from start: Int) -> (index: Int?, isRepeated: Bool)
  {
    let fields = fields
    var found: Int?
    var index = start
    while index < fields.count {
      if fields[index].known == known, !fields[index].flags.contains(.removed) {
        if found != nil { return (found, true) }
        found = index
      }
      index &+= 1
    }
    return (found, false)
  }
}
