import HTTPModel
import Memory

extension RequestHead {
  /// Every `x-forwarded-client-cert` is a list of elements that all readers tell apart alike. One that leaves
  /// a quotation mark open, say, may swallow the element that a proxy writes behind it.
  /// - Parameter count: bytes of an element that is to stand in one field with them.
  public func hasSoundForwardedCertificate(besides count: Int) -> Bool {
    guard joinedCount(of: .xForwardedClientCert) &+ count <= Int(UInt16.max) else { return false }
    var next = nextIndex(of: .xForwardedClientCert)
    while let index = next {
      if !value(at: index).isForwardedCertificate { return false }
      next = nextIndex(of: .xForwardedClientCert, from: index &+ 1)
    }
    return true
  }

  /// Joins every `x-forwarded-client-cert` to one field, with `element` last, unless that is empty: who reads
  /// the first field alone would take what the client said for all there is.
  public func joinForwardedCertificates(adding element: [UInt8]) {
    let first = nextIndex(of: .xForwardedClientCert)
    let isOne = first.map { nextIndex(of: .xForwardedClientCert, from: $0 &+ 1) == nil } ?? true
    if element.isEmpty, isOne { return }
    addField(.xForwardedClientCert, name: KnownHeader.xForwardedClientCert.name) {
      moveValues(of: .xForwardedClientCert, separator: ",")
      if element.isEmpty { bytes.truncate(to: bytes.count &- 1) } else { bytes.append(element) }
    }
  }
}

extension Span where Element == UInt8 {
  /// Elements with commas between, each of pairs with semicolons between, each of a key, an equals sign and
  /// a value, which stands in quotation marks where it has any of these.
  /// Source: `x-forwarded-client-cert` in Envoy's documentation.
  fileprivate var isForwardedCertificate: Bool {
    var position = 0
    while true {
      guard skipKey(&position), skipValue(&position) else { return false }
      if position == count { return true }
      let separator = self[position]
      position &+= 1
      switch separator {
      case UInt8(ascii: ";"): continue
      case UInt8(ascii: ","): skipBlanks(&position)
      default: return false
      }
    }
  }

  private func skipBlanks(_ position: inout Int) {
    while position < count, self[position] == ASCII.space || self[position] == ASCII.tab {
      position &+= 1
    }
  }

  /// A word and the equals sign behind it.
  private func skipKey(_ position: inout Int) -> Bool {
    let start = position
    while position < count, ASCII.isLetter(self[position]) { position &+= 1 }
    guard position > start, position < count, self[position] == UInt8(ascii: "=") else {
      return false
    }
    position &+= 1
    return true
  }

  private func skipValue(_ position: inout Int) -> Bool {
    if position < count, self[position] == UInt8(ascii: "\"") { return skipQuoted(&position) }
    while position < count {
      switch self[position] {
      case UInt8(ascii: ","), UInt8(ascii: ";"): return true
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0...0x20, 0x7F...: return false
      default: position &+= 1
      }
    }
    return true
  }

  /// From one quotation mark to behind the other. A backslash frees the one before which it stands; where
  /// two stand before one, readers differ.
  private func skipQuoted(_ position: inout Int) -> Bool {
    position &+= 1
    var backslashes = 0
    while position < count {
      let byte = self[position]
      position &+= 1
      if byte == UInt8(ascii: "\\") {
        backslashes &+= 1
        continue
      }
      if byte == UInt8(ascii: "\"") {
        if backslashes == 0 { return true }
        if backslashes & 1 == 0 { return false }
      }
      backslashes = 0
    }
    return false
  }
}
