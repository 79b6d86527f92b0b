import HTTPModel
import Memory

/// Builds a request's head from the fields of a header block (RFC 9113 section 8.3.1). What comes out is as
/// if HTTP/1.1 had been spoken: a request line, `host`, one `cookie`. No I/O; one for each block.
struct RequestFieldDecoder {
  private enum Pseudo { case method, scheme, authority, path, `protocol` }

  private let head: RequestHead
  /// Holds the pseudo fields until the first other one.
  private let scratch: ByteBuffer
  private let allowsConnect: Bool
  private var section: FieldSectionDecoder
  // Where the pseudo fields' values stand in `scratch`.
  private var method: ByteRange?
  private var scheme: ByteRange?
  private var authority: ByteRange?
  private var path: ByteRange?
  private var protocolName: ByteRange?
  private var hasLine = false
  private var hasHost = false

  /// - Parameters:
  ///   - head: where the fields go.
  ///   - scratch: empty, and nobody else's until the block is over.
  init(_ settings: HTTP2Settings, into head: RequestHead, scratch: ByteBuffer) {
    self.head = head
    self.scratch = scratch
    allowsConnect = settings.allowsConnect
    section = FieldSectionDecoder(settings)
    head.version = .http2
  }

  /// Takes one field.
  mutating func append(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) {
    guard section.admits(name, value, head) else { return }
    do throws(HTTP2Fault) {
      if name.count > 0, name[0] == 0x3A {
        try appendPseudo(name, value)
      } else {
        if !hasLine { try writeLine() }
        try appendField(name, value)
      }
    } catch { section.fail(error) }
  }

  /// The block is over.
  /// - Parameter ended: no body follows.
  /// - Returns: how the body is framed.
  mutating func finish(ended: Bool) throws(HTTP2Fault) -> BodyFraming {
    if !hasLine {
      // Behind a fault the line still tells the access log what was asked.
      do throws(HTTP2Fault) { try writeLine() } catch { section.fail(error) }
    }
    if let fault = section.fault { throw fault }
    head.acceptsTrailers = section.acceptsTrailers
    if head.authority.isEmpty, head.method != .connect { throw .missingPseudoField }
    // What is posted has a length, though none was told (RFC 9110 section 8.6).
    let empty = [.post, .put, .patch].contains(head.method) ? BodyFraming.length(0) : .none
    head.framing = section.framing(else: ended ? empty : .chunked)
    if head.method == .connect || !head.upgrade.isEmpty {
      guard section.framing(else: .none) == .none else { throw .connectForm }
      head.framing = ended ? .none : .chunked
    }
    if ended, case .length(let count) = head.framing, count > 0 { throw .lengthDiffers }
    if head.isRepeated(.cookie) { head.joinCookies() }
    return head.framing
  }

  // MARK: control data

  private mutating func appendPseudo(
    _ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>
  ) throws(HTTP2Fault) {
    if hasLine { throw .pseudoFieldBehindFields }
    switch Self.pseudo(name) {
    case .method: try Self.keep(value, as: &method, in: scratch)
    case .scheme: try Self.keep(value, as: &scheme, in: scratch)
    case .authority: try Self.keep(value, as: &authority, in: scratch)
    case .path: try Self.keep(value, as: &path, in: scratch)
    case .protocol where allowsConnect: try Self.keep(value, as: &protocolName, in: scratch)
    case .protocol, nil: throw .unknownPseudoField
    }
  }

  private static func pseudo(_ name: borrowing Span<UInt8>) -> Pseudo? {
    switch name.count {
    case 5: name.equals(":path") ? .path : nil
    case 7: name.equals(":method") ? .method : name.equals(":scheme") ? .scheme : nil
    case 9: name.equals(":protocol") ? .protocol : nil
    case 10: name.equals(":authority") ? .authority : nil
    default: nil
    }
  }

  private static func keep(
    _ value: borrowing Span<UInt8>, as field: inout ByteRange?, in scratch: ByteBuffer
  ) throws(HTTP2Fault) {
    guard field == nil else { throw .repeatedPseudoField }
    field = ByteRange(offset: scratch.count, count: value.count)
    scratch.append(copy value)
  }

  /// Writes the request line and `host`, now that all pseudo fields are known.
  private mutating func writeLine() throws(HTTP2Fault) {
    hasLine = true
    let text = scratch.readable
    guard let method else { throw .missingPseudoField }
    if let protocolName {
      guard text.extracting(method.indices).equals("CONNECT") else { throw .connectForm }
      return try writeUpgrade(text, to: text.extracting(protocolName.indices))
    }
    try writeMethod(text.extracting(method.indices))
    if head.method == .connect {
      try writeConnectTarget(text)
    } else {
      try writeTarget(text)
    }
    head.bytes.append(" HTTP/1.1\r\n")
    try writeAuthority(text)
  }

  private func writeAuthority(_ text: borrowing Span<UInt8>) throws(HTTP2Fault) {
    if let authority {
      let authority = text.extracting(authority.indices)
      guard Authority.isValid(authority) else { throw .authority }
      head.replaceAuthority(with: authority)
    }
  }

  /// CONNECT with `:protocol` is what HTTP/1.1 asks for with GET and `upgrade` (RFC 8441 section 4).
  private func writeUpgrade(
    _ text: borrowing Span<UInt8>, to name: borrowing Span<UInt8>
  ) throws(HTTP2Fault) {
    guard name.isUpgradeToken else { throw .connectForm }
    try writeMethod([UInt8]("GET".utf8).span)
    try writeTarget(text)
    head.bytes.append(" HTTP/1.1\r\n")
    try writeAuthority(text)
    let index = head.fieldCount
    head.add(.upgrade, name: [UInt8]("upgrade".utf8).span, value: copy name)
    head.mark(index, .hopByHop)
    head.upgrade = head.field(at: index).value
  }

  private func writeMethod(_ method: borrowing Span<UInt8>) throws(HTTP2Fault) {
    guard method.count > 0, method.count <= 32, ByteScan.endOfToken(method, from: 0) == method.count
    else { throw .method }
    head.method = HTTPMethod.classify(method, at: 0, count: method.count)
    head.methodText = ByteRange(offset: 0, count: method.count)
    head.bytes.append(copy method)
    head.bytes.append(ASCII.space)
  }

  private func writeTarget(_ text: borrowing Span<UInt8>) throws(HTTP2Fault) {
    guard let scheme, let path else { throw .missingPseudoField }
    let schemeText = text.extracting(scheme.indices)
    guard schemeText.equals("http") || schemeText.equals("https") else { throw .scheme }
    let target = text.extracting(path.indices)
    guard target.count > 0, ByteScan.endOfTarget(target, from: 0) == target.count else {
      throw .path
    }
    let isAsterisk = target.count == 1 && target[0] == 0x2A && head.method == .options
    guard target[0] == 0x2F || isAsterisk else { throw .path }
    head.setTarget(target)
  }

  /// CONNECT names an authority with a port and nothing else (RFC 9113 section 8.5).
  private func writeConnectTarget(_ text: borrowing Span<UInt8>) throws(HTTP2Fault) {
    guard let authority, scheme == nil, path == nil else { throw .connectForm }
    let target = text.extracting(authority.indices)
    guard Authority.isValid(target, portRequired: true) else { throw .connectForm }
    head.target = ByteRange(offset: head.bytes.count, count: target.count)
    head.bytes.append(target)
  }

  // MARK: fields

  private mutating func appendField(
    _ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>
  ) throws(HTTP2Fault) {
    guard name.equals("host") else { return try section.append(name, value, to: head) }
    if hasHost { throw .repeatedHost }
    hasHost = true
    // Beside `:authority` it must say the same (RFC 9113 section 8.3.1); it is kept once.
    if head.authority.isEmpty {
      guard Authority.isValid(value) else { throw .authority }
      head.replaceAuthority(with: value)
    } else if !head.text(head.authority).equalsIgnoringCase(value) {
      throw .hostDiffers
    }
  }
}

extension RequestHead {
  /// Writes path and query, which end the request line so far.
  fileprivate func setTarget(_ text: borrowing Span<UInt8>) {
    let offset = bytes.count
    let mark = ByteScan.firstIndex(of: 0x3F, in: text, 0..<text.count)
    bytes.append(copy text)
    target = ByteRange(offset: offset, count: text.count)
    path = ByteRange(offset: offset, count: mark)
    if mark < text.count {
      query = ByteRange(offset: offset &+ mark &+ 1, count: text.count &- mark &- 1)
    }
  }

  /// Several `cookie` fields become one, as HTTP/1.1 demands (RFC 9113 section 8.2.3). Empty ones add
  /// nothing.
  fileprivate func joinCookies() {
    var indices: [Int] = []
    for index in 0..<fieldCount where field(at: index).known == .cookie { indices.append(index) }
    addField(.cookie, name: "cookie") {
      var isFirst = true
      for index in indices where field(at: index).value.count > 0 {
        if !isFirst { bytes.append("; ") }
        isFirst = false
        // Appending may move the bytes that are copied: room is made before they are looked at.
        let value = field(at: index).value
        bytes.reserve(Int(value.count))
        bytes.append(text(value))
      }
    }
    for index in indices { mark(index, .removed) }
  }
}
