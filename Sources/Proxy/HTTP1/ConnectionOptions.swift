import HTTPModel

/// What the `connection` fields ask for (RFC 9110 section 7.6.1).
struct ConnectionOptions {
  private(set) var closes = false
  private(set) var keepsAlive = false
  private(set) var upgrades = false

  /// Whether the connection outlives the message (RFC 9112 section 9.3).
  func persists(_ version: HTTPVersion) -> Bool {
    !closes && (version >= .http11 || keepsAlive)
  }

  /// Reads every `connection` field and marks the fields it names as hop-by-hop. Naming a field that is
  /// meant for the recipient (host, content-length, cookie, x-forwarded-for, ...) is a fault: it would
  /// make us strip what the next server judges the message by.
  @inline(__always)
  static func decode(_ head: MessageHead) throws(HTTP1Fault) -> ConnectionOptions {
    var options = ConnectionOptions()
    if let first = head.firstIndex(of: .connection) { try options.read(head, from: first) }
    return options
  }

  private mutating func read(_ head: MessageHead, from first: Int) throws(HTTP1Fault) {
    let end = head.isRepeated(.connection) ? head.fieldCount : first &+ 1
    for index in first..<end where head.field(at: index).known == .connection {
      let value = head.value(at: index)
      if readAlone(value) { continue }
      var position = 0
      while let range = value.nextListElement(from: &position) {
        try apply(value.extracting(range), head)
      }
    }
  }

  /// What most fields say, and nothing else.
  private mutating func readAlone(_ value: borrowing Span<UInt8>) -> Bool {
    if value.equalsIgnoringCase("keep-alive") {
      keepsAlive = true
    } else if value.equalsIgnoringCase("close") {
      closes = true
    } else {
      return false
    }
    return true
  }

  private mutating func apply(
    _ option: borrowing Span<UInt8>, _ head: MessageHead
  ) throws(HTTP1Fault) {
    if readAlone(option) { return }
    guard ByteScan.endOfToken(option, from: 0) == option.count else { throw .connectionOption }
    switch KnownHeader.classify(option, at: 0, count: option.count) {
    case .other: Self.markFields(named: option, head)
    case .upgrade: upgrades = true
    case .te, .trailer, .proxyConnection: break
    default: throw .connectionNamesEndToEnd
    }
  }

  /// The one protocol that HTTP/1.1 is to be left for; empty where there is none, or a choice, for which
  /// nobody asks who means it. A request that has a body stays a request: where that ends, and the other
  /// protocol begins, is not for two servers to guess (RFC 9110 section 7.8).
  func upgrade(of head: MessageHead) -> ByteRange {
    guard upgrades, head.version == .http11, head.framing == .none || head.framing == .length(0),
      let index = head.firstIndex(of: .upgrade), !head.isRepeated(.upgrade)
    else { return .empty }
    return head.value(at: index).isUpgradeToken ? head.field(at: index).value : .empty
  }

  private static func markFields(named name: borrowing Span<UInt8>, _ head: MessageHead) {
    for index in 0..<head.fieldCount where head.field(at: index).known == .other {
      if head.name(at: index).equalsIgnoringCase(name) { head.mark(index, .hopByHop) }
    }
  }
}
