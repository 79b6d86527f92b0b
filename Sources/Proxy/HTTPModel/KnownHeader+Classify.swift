extension KnownHeader {
  /// Which known name stands at `offset`, letters of either case; `.other` when none does.
  /// The bytes must be token bytes already: only letters and hyphens then equal a name's when folded.
  @inlinable
  public static func classify(
    _ input: borrowing Span<UInt8>, at offset: Int, count: Int
  ) -> KnownHeader {
    guard count > 1, count < 24 else { return .other }
    return classify(NameWords(input, at: offset, count: count, folding: true), count)
  }

  /// Which known name stands there in lower case; `.other` when none does.
  @inlinable
  public static func classify(lowercase name: borrowing Span<UInt8>) -> KnownHeader {
    guard name.count > 1, name.count < 24 else { return .other }
    return classify(NameWords(name, at: 0, count: name.count, folding: false), name.count)
  }

  /// Which known name stands there when its underscores are read as hyphens, as servers do that make
  /// variables of names; `.other` when none does. The bytes must be token bytes.
  public static func classify(hyphenating name: borrowing Span<UInt8>) -> KnownHeader {
    guard name.count > 1, name.count < 24 else { return .other }
    let words = NameWords(name, at: 0, count: name.count, folding: true)
    return classify(words.hyphenated, name.count)
  }

  @inlinable
  static func classify(_ name: NameWords, _ count: Int) -> KnownHeader {
    switch count {
    case 2: return name.equals("te") ? .te : .other
    case 3: return name.equals("via") ? .via : .other
    case 4: return name.equals("host") ? .host : name.equals("date") ? .date : .other
    case 6: return classify6(name)
    case 7: return classify7(name)
    case 8: return name.equals("location") ? .location : .other
    case 9: return name.equals("forwarded") ? .forwarded : .other
    case 10: return classify10(name)
    case 11: return name.equals("traceparent") ? .traceparent : .other
    case 12:
      if name.equals("content-type") { return .contentType }
      return name.equals("x-request-id") ? .xRequestID : .other
    case 13:
      if name.equals("authorization") { return .authorization }
      return name.equals("cache-control") ? .cacheControl : .other
    case 14: return name.equals("content-length") ? .contentLength : .other
    case 15: return name.equals("x-forwarded-for") ? .xForwardedFor : .other
    case 16: return classify16(name)
    case 17:
      if name.equals("transfer-encoding") { return .transferEncoding }
      return name.equals("x-forwarded-proto") ? .xForwardedProto : .other
    case 23: return name.equals("x-forwarded-client-cert") ? .xForwardedClientCert : .other
    default: return .other
    }
  }

  @inlinable
  static func classify6(_ name: NameWords) -> KnownHeader {
    if name.equals("cookie") { return .cookie }
    if name.equals("expect") { return .expect }
    return name.equals("server") ? .server : .other
  }

  @inlinable
  static func classify7(_ name: NameWords) -> KnownHeader {
    if name.equals("referer") { return .referer }
    if name.equals("upgrade") { return .upgrade }
    return name.equals("trailer") ? .trailer : .other
  }

  @inlinable
  static func classify10(_ name: NameWords) -> KnownHeader {
    if name.equals("user-agent") { return .userAgent }
    if name.equals("connection") { return .connection }
    if name.equals("tracestate") { return .tracestate }
    if name.equals("keep-alive") { return .keepAlive }
    return name.equals("set-cookie") ? .setCookie : .other
  }

  @inlinable
  static func classify16(_ name: NameWords) -> KnownHeader {
    if name.equals("proxy-connection") { return .proxyConnection }
    if name.equals("x-forwarded-host") { return .xForwardedHost }
    return name.equals("x-forwarded-port") ? .xForwardedPort : .other
  }

  /// Which known name `name` is; `.other` when none, or when it is no token.
  public static func named(_ name: Span<UInt8>) -> KnownHeader {
    for index in name.indices where !ASCII.isToken(name[index]) { return .other }
    return classify(name, at: 0, count: name.count)
  }
}

/// Up to 23 bytes of a name in three words, filled up with spaces.
@usableFromInline
struct NameWords {
  @usableFromInline let first: UInt64
  @usableFromInline let middle: UInt64
  @usableFromInline let last: UInt64

  /// - Parameter folding: letters are put into lower case, and some other bytes become letters and hyphens.
  @inlinable @inline(__always)
  init(_ input: borrowing Span<UInt8>, at offset: Int, count: Int, folding: Bool) {
    let blanks: UInt64 = 0x2020_2020_2020_2020
    let fold = folding ? blanks : 0
    guard count < 8 else {
      first = input.word(at: offset) | fold
      middle = count > 16 ? input.word(at: offset &+ 8) | fold : blanks
      last = input.word(at: offset &+ count &- 8) | fold
      return
    }
    first = input.shortWord(at: offset, count: count) | fold | blanks &<< UInt64(count &* 8)
    middle = blanks
    last = first
  }

  /// With hyphens for underscores, of a name that was folded.
  var hyphenated: NameWords {
    NameWords(
      first: first.hyphenated, middle: middle.hyphenated, last: last.hyphenated)
  }

  private init(first: UInt64, middle: UInt64, last: UInt64) {
    self.first = first
    self.middle = middle
    self.last = last
  }

  /// The name, which has as many bytes as `text`, is `text`.
  @inlinable @inline(__always)
  func equals(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    if count <= 8 { return first == text.paddedWord(at: 0) }
    if first != text.paddedWord(at: 0) || last != text.paddedWord(at: count &- 8) { return false }
    return count <= 16 || middle == text.paddedWord(at: 8)
  }
}

extension UInt64 {
  /// Eight bytes of a token that were folded by 0x20, in which an underscore has become 0x7F.
  fileprivate var hyphenated: UInt64 { self ^ (ByteScan.flagExactly(self, 0x7F) &>> 7) &* 0x52 }
}

extension HTTPMethod {
  /// Which method stands at `offset`.
  @inlinable
  public static func classify(
    _ input: borrowing Span<UInt8>, at offset: Int, count: Int
  ) -> HTTPMethod {
    guard count > 2, count < 8 else { return .other }
    let fill = (0x2020_2020_2020_2020 as UInt64) &<< UInt64(count &* 8)
    let word = input.shortWord(at: offset, count: count) | fill
    if word == ("GET" as StaticString).paddedWord(at: 0) { return .get }
    if word == ("POST" as StaticString).paddedWord(at: 0) { return .post }
    if word == ("HEAD" as StaticString).paddedWord(at: 0) { return .head }
    if word == ("PUT" as StaticString).paddedWord(at: 0) { return .put }
    if word == ("DELETE" as StaticString).paddedWord(at: 0) { return .delete }
    if word == ("PATCH" as StaticString).paddedWord(at: 0) { return .patch }
    if word == ("OPTIONS" as StaticString).paddedWord(at: 0) { return .options }
    if word == ("CONNECT" as StaticString).paddedWord(at: 0) { return .connect }
    return word == ("TRACE" as StaticString).paddedWord(at: 0) ? .trace : .other
  }
}

extension Span where Element == UInt8 {
  /// The first eight bytes, which must be token bytes, are those of `prefix`, in lower case: letters of
  /// either case, and underscores for hyphens.
  public func begins(hyphenating prefix: StaticString) -> Bool {
    count >= 8 && (word(at: 0) | 0x2020_2020_2020_2020).hyphenated == prefix.word(at: 0)
  }

  /// Same bytes as `name`, which has 23 at most.
  @inlinable @inline(__always)
  public func equals(_ name: StaticString) -> Bool {
    count == name.utf8CodeUnitCount
      && NameWords(self, at: 0, count: count, folding: false).equals(name)
  }
}
