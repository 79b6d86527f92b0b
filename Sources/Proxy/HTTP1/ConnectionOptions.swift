import HTTPModel

/// What the `connection` fields ask for (RFC 9110 section 7.6.1).
struct ConnectionOptions {
  private(set) var closes = false
  private(set) var keepsAlive = false

  /// Whether the connection outlives the message (RFC 9112 section 9.3).
  func persists(_ version: HTTPVersion) -> Bool {
    !closes && (version >= .http11 || keepsAlive)
  }

  /// Reads every `connection` field and marks the fields it names as hop-by-hop. Naming a field that is
  /// meant for the recipient (host, content-length, cookie, x-forwarded-for, ...) is a fault: it would
  /// make us strip what the next server judges the message by.
  @inline(__always)
  static func decode(
    _ input: borrowing Span<UInt8>, _ table: inout HeaderTable
  ) throws(HTTP1Fault) -> ConnectionOptions {
    var options = ConnectionOptions()
    if let first = table.firstIndex(of: .connection) {
      try options.read(input, from: first, &table)
    }
    return options
  }

  private mutating func read(
    _ input: borrowing Span<UInt8>, from first: Int, _ table: inout HeaderTable
  ) throws(HTTP1Fault) {
    let end = table.isRepeated(.connection) ? table.count : first &+ 1
    for index in first..<end where table.fields[index].known == .connection {
      let value = input.extracting(table.fields[index].value.indices)
      var position = 0
      while let range = value.nextListElement(from: &position) {
        try apply(value.extracting(range), input, &table)
      }
    }
  }

  private mutating func apply(
    _ option: borrowing Span<UInt8>, _ input: borrowing Span<UInt8>, _ table: inout HeaderTable
  ) throws(HTTP1Fault) {
    if option.equalsIgnoringCase("close") {
      closes = true
    } else if option.equalsIgnoringCase("keep-alive") {
      keepsAlive = true
    } else {
      guard ByteScan.endOfToken(option, from: 0) == option.count else { throw .connectionOption }
      switch KnownHeader.classify(option, at: 0, count: option.count) {
      case .other: Self.markFields(named: option, input, &table)
      case .te, .upgrade, .trailer, .proxyConnection: break
      default: throw .connectionNamesEndToEnd
      }
    }
  }

  private static func markFields(
    named name: borrowing Span<UInt8>, _ input: borrowing Span<UInt8>, _ table: inout HeaderTable
  ) {
    for index in 0..<table.count where table.fields[index].known == .other {
      if input.extracting(table.fields[index].name.indices).equalsIgnoringCase(name) {
        table.mark(index, .hopByHop)
      }
    }
  }
}
