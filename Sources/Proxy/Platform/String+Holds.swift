extension String {
  /// Whether `part` stands somewhere in the text, byte by byte. (`contains` of the standard library would
  /// link its regular expressions.)
  public func holds(_ part: String) -> Bool {
    let (whole, part) = (Array(utf8), Array(part.utf8))
    guard part.count <= whole.count else { return false }
    return (0...(whole.count - part.count)).contains { whole[$0...].starts(with: part) }
  }
}
