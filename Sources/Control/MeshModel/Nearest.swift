/// Returns the candidate that is the likeliest meaning of a misspelt word, or nil when none is near.
///
/// Near means an edit distance of at most a third of the word, and never more than three.
public func nearest(to word: String, in candidates: [String]) -> String? {
  let limit = min(3, max(1, word.count / 3))
  let lowered = Array(word.lowercased().utf8)
  let scored = candidates.map { candidate in
    (candidate, editDistance(lowered, Array(candidate.lowercased().utf8)))
  }
  return scored.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

/// The number of single-byte insertions, deletions, replacements and swaps of neighbours between
/// two words.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for row in left.indices {
    var current = [row + 1]
    current.reserveCapacity(right.count + 1)
    for column in right.indices {
      let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
      var distance = min(replaced, previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        distance = min(distance, beforePrevious[column - 1] + 1)
      }
      current.append(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
