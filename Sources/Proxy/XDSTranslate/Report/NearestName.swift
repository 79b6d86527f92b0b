/// Names that others may refer to. Which of them was meant is looked for only as long as that takes no time
/// worth a word: where thousands are wrong, the first ones tell why.
final class KnownNames {
  private let names: Set<String>
  private lazy var sorted = names.sorted()
  private var comparisonsLeft: Int

  init(_ names: Set<String>, mostComparisons: Int = 100_000) {
    self.names = names
    comparisonsLeft = mostComparisons
  }

  func contains(_ name: String) -> Bool { names.contains(name) }

  /// The name that `name` is most likely a slip of; nil when none is near, or it is not looked for.
  func nearest(to name: String) -> String? {
    guard comparisonsLeft > 0 else { return nil }
    comparisonsLeft -= names.count
    return nearestName(to: name, among: sorted)
  }
}

/// The candidate that `name` is most likely a slip of; nil when none is near.
func nearestName(to name: String, among candidates: [String]) -> String? {
  let limit = max(1, name.utf8.count / 3)
  // No text is nearer to another than their lengths are.
  let similar = candidates.filter { abs($0.utf8.count - name.utf8.count) <= limit }
  let ranked = similar.map { ($0, editDistance(name, $0)) }.filter { $0.1 <= limit }
  return ranked.min { $0.1 < $1.1 }?.0
}

/// Insertions, deletions and replacements from one text to the other; texts are cut at 128 bytes.
private func editDistance(_ from: String, _ to: String) -> Int {
  let a = Array(from.utf8.prefix(128))
  let b = Array(to.utf8.prefix(128))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}
