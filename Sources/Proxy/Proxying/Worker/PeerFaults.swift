import Platform

/// What peers may do wrong over and over: one line a second for each place and kind, with the last of
/// them. Owning worker only.
struct PeerFaults {
  /// Lines of one second.
  private static let maxLines = 256

  private struct Key: Hashable {
    let place: String
    let kind: PeerFault.Kind
  }

  private struct Entry {
    var count = 0
    var last: PeerFault
    var peer: SocketAddress
  }

  private var entries: [Key: Entry] = [:]
  /// For which there was no line.
  private var untoldCount = 0

  /// - Parameter place: the listener or cluster, as the log names it.
  mutating func note(_ fault: PeerFault, of peer: SocketAddress, at place: String) {
    let key = Key(place: place, kind: fault.kind)
    guard entries[key] != nil || entries.count < Self.maxLines else { return untoldCount += 1 }
    var entry = entries[key] ?? Entry(last: fault, peer: peer)
    entry.count += 1
    entry.last = fault
    entry.peer = peer
    entries[key] = entry
  }

  /// What came since this was last asked, for the log.
  mutating func take() -> [(LogLevel, String)] {
    if entries.isEmpty { return [] }
    defer { self = PeerFaults() }
    var lines = entries.map { key, entry in
      let detail = entry.last.detail.map { ": \($0)" } ?? ""
      let summary = entry.last.summary(entry.count)
      return (entry.last.level, "\(key.place): \(summary), the last with \(entry.peer)\(detail)")
    }
    if untoldCount > 0 {
      lines.append((.warning, "\(untoldCount) more connections failed for other causes"))
    }
    return lines
  }
}
