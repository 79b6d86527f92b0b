/// Several fields of a name as one list (RFC 9110 section 5.3).
extension MessageHead {
  /// Bytes that the values of that name take in one field, with a separator of two behind each.
  public final func joinedCount(of known: KnownHeader) -> Int {
    var count = 0
    var next = nextIndex(of: known)
    while let index = next {
      count &+= value(at: index).count &+ 2
      next = nextIndex(of: known, from: index &+ 1)
    }
    return count
  }

  /// Takes out every field of that name, and appends their values to `bytes`, each with `separator` behind it.
  public final func moveValues(of known: KnownHeader, separator: StaticString) {
    var next = nextIndex(of: known)
    while let index = next {
      bytes.append(value(at: index))
      bytes.append(separator)
      mark(index, .removed)
      next = nextIndex(of: known, from: index &+ 1)
    }
  }
}
