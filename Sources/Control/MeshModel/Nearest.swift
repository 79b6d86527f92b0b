/// Returns the candidate that is the likeliest meaning of a misspelt word, or nil when none is near.
///
/// Near means an edit distance of at most a third of the word, and never more than three.
public func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
  let lowered = Array(word.lowercased().utf8)
  var limit = min(3, max(1, word.count / 3))
  var best: String?
  for candidate in candidates where abs(candidate.utf8.count - lowered.count) <= limit {
    guard
      let distance = editDistance(lowered, Array(candidate.lowercased().utf8), atMost: limit)
    else { continue }
    best = candidate
    // Only a nearer one is of interest from here on.
    limit = distance - 1
    if limit < 0 { break }
  }
  return best
}

/// `; did you mean CANDIDATE?`, to follow the word a fault is about; empty when none is near.
public func nearestHint(to word: String, in candidates: some Sequence<String>) -> String {
  nearest(to: word, in: candidates).map { "; did you mean \($0)?" } ?? ""
}

/// The number of single-byte insertions, deletions, replacements and swaps of neighbours between
/// two words, or nil when it is above the limit.
private func editDistance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int? {
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
    // A swap reaches two rows back, so one good row may still follow a bad one.
    guard min(previous.min() ?? 0, current.min() ?? 0) <= limit else { return nil }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count] <= limit ? previous[right.count] : nil
}
