import HTTPModel

/// Finds the virtual host of an authority: exact name first, then the longest `*.suffix`, the
/// longest `prefix.*`, and `*`. Source: `VirtualHost.domains`.
struct DomainTable: Sendable {
  private let exact: NameTable
  private let suffixes: NameTable
  private let prefixes: NameTable
  /// Distinct lengths, the longest first.
  private let suffixLengths: [Int]
  private let prefixLengths: [Int]
  private let fallback: Int?
  private let ignoresPort: Bool

  init(_ domains: [Domain], text: [UInt8], ignoresPort: Bool) {
    func table(_ kind: Domain.Kind) -> (NameTable, [Int]) {
      let entries = domains.filter { $0.kind == kind }
      let lengths = Set(entries.map { Int($0.text.count) }).sorted(by: >)
      return (
        NameTable(entries.map { ($0.text, $0.virtualHost) }, text: text, ignoresCase: true), lengths
      )
    }
    exact = table(.exact).0
    (suffixes, suffixLengths) = table(.suffix)
    (prefixes, prefixLengths) = table(.prefix)
    fallback = domains.first { $0.kind == .any }?.virtualHost
    self.ignoresPort = ignoresPort
  }

  /// The index of the virtual host; nil when no domain holds `authority`.
  func find(_ authority: borrowing Span<UInt8>, _ program: RouteProgram) -> Int? {
    ignoresPort
      ? findHost(authority.extracting(0..<authority.countWithoutPort), program)
      : findHost(authority, program)
  }

  private func findHost(_ host: borrowing Span<UInt8>, _ program: RouteProgram) -> Int? {
    if let found = exact.find(host, program) { return found }
    for length in suffixLengths where length < host.count {
      let suffix = host.extracting((host.count &- length)..<host.count)
      if let found = suffixes.find(suffix, program) { return found }
    }
    for length in prefixLengths where length < host.count {
      if let found = prefixes.find(host.extracting(0..<length), program) { return found }
    }
    return fallback
  }
}

/// One domain of a virtual host, without its star.
struct Domain {
  enum Kind { case exact, suffix, prefix, any }
  var kind: Kind
  var text: ByteRange
  var virtualHost: Int
}

extension Span where Element == UInt8 {
  /// Bytes before a `:port` at the end; all when there is none.
  var countWithoutPort: Int {
    var index = count
    while index > 0, ASCII.isDigit(self[index &- 1]) { index &-= 1 }
    return index > 0 && self[index &- 1] == 0x3A ? index &- 1 : count
  }
}
