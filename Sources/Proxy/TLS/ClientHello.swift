/// What a client's first message asks for, as far as a connection is routed by it.
/// Source: RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301 section 3.1.
public struct ClientHello: Equatable, Sendable {
  /// Most bytes a ClientHello may take, record headers included.
  public static let maxBytes = 16 * 1024

  /// The host asked for, in lower case (SNI); nil: none.
  public var serverName: String?
  /// The preferred first.
  public var applicationProtocols: [String] = []

  public init() {}
}

/// Why bytes are no ClientHello.
public enum ClientHelloFault: Error, Equatable, Sendable {
  /// The first byte is not that of a handshake record: something else than TLS is spoken.
  case notTLS
  case malformed
  /// More than `ClientHello.maxBytes`.
  case tooLarge
}

extension ClientHello {
  /// Reads the message at the front of a connection's bytes. Cost: linear in the records.
  /// - Parameter bytes: everything received so far.
  /// - Returns: nil while it is not whole.
  public static func decode(_ bytes: Span<UInt8>) throws(ClientHelloFault) -> ClientHello? {
    guard let message = try handshakeMessage(bytes) else { return nil }
    return try ClientHello(message: message.span)
  }

  /// The body of the first handshake message, out of one record or several; nil while not whole.
  private static func handshakeMessage(_ bytes: Span<UInt8>) throws(ClientHelloFault) -> [UInt8]? {
    let (handshakeType, clientHello): (UInt8, UInt8) = (22, 1)
    let headerBytes = 4
    var records = ByteReader(bytes)
    var message: [UInt8] = []
    while true {
      guard let type = records.byte() else { return try wanted(after: bytes.count) }
      guard type == handshakeType else { throw message.isEmpty ? .notTLS : .malformed }
      guard let major = records.byte() else { return try wanted(after: bytes.count) }
      guard major == 3 else { throw message.isEmpty ? .notTLS : .malformed }
      guard records.byte() != nil, let count = records.uint16() else {
        return try wanted(after: bytes.count)
      }
      // An empty handshake record is forbidden, and one is no longer than 2^14 bytes.
      guard count > 0, count <= 1 << 14 else { throw .malformed }
      let recordEnd = message.count + Int(count)
      let fragment = records.upTo(Int(count))
      if message.isEmpty, !fragment.isEmpty, fragment[0] != clientHello { throw .malformed }
      for index in fragment.indices { message.append(fragment[index]) }
      if message.count >= headerBytes {
        let length = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
        guard length <= maxBytes else { throw .tooLarge }
        // What follows the message in its record is none of the client's to send yet, whether it has
        // come or not.
        guard recordEnd <= headerBytes + length else { throw .malformed }
        if message.count == headerBytes + length {
          guard records.position <= maxBytes else { throw .tooLarge }
          return Array(message[headerBytes...])
        }
      }
      if fragment.count < Int(count) { return try wanted(after: bytes.count) }
    }
  }

  /// More bytes are wanted, unless there are too many already.
  private static func wanted(after count: Int) throws(ClientHelloFault) -> [UInt8]? {
    guard count < maxBytes else { throw .tooLarge }
    return nil
  }

  private init(message: Span<UInt8>) throws(ClientHelloFault) {
    var body = ByteReader(message)
    let randomBytes = 32
    guard body.uint16() != nil, body.skip(randomBytes), body.skipVector8(),
      body.skipVector16(), body.skipVector8()
    else { throw .malformed }
    if !body.isAtEnd {
      guard let extensions = body.vector16(), body.isAtEnd else { throw .malformed }
      try readExtensions(extensions)
    }
  }

  private mutating func readExtensions(_ bytes: Span<UInt8>) throws(ClientHelloFault) {
    var list = ByteReader(bytes)
    var seen: UInt64 = 0
    while !list.isAtEnd {
      guard let type = list.uint16(), let body = list.vector16() else { throw .malformed }
      if type < 64 {
        // No extension comes twice (RFC 8446 section 4.2).
        guard seen & (1 << UInt64(type)) == 0 else { throw .malformed }
        seen |= 1 << UInt64(type)
      }
      switch type {
      case 0: serverName = try Self.hostName(body)
      case 16: applicationProtocols = try Self.protocolNames(body)
      case 43: try Self.checkVersions(body)
      default: break
      }
    }
  }

  private static func hostName(_ bytes: Span<UInt8>) throws(ClientHelloFault) -> String {
    var body = ByteReader(bytes)
    let hostNameType: UInt8 = 0
    // The list has one entry: of each type there is one, and no other type was ever defined.
    guard let entries = body.vector16(), body.isAtEnd else { throw .malformed }
    var list = ByteReader(entries)
    guard list.byte() == hostNameType, let name = list.vector16(), list.isAtEnd else {
      throw .malformed
    }
    guard !name.isEmpty, name.count <= 255 else { throw .malformed }
    var text: [UInt8] = []
    for index in name.indices {
      let byte = name[index]
      guard isHostByte(byte) else { throw .malformed }
      text.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Letters, digits, hyphen, dot; underscore, colon and brackets for clients that name addresses.
  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
      true
    default: false
    }
  }

  private static func protocolNames(_ bytes: Span<UInt8>) throws(ClientHelloFault) -> [String] {
    var body = ByteReader(bytes)
    guard let entries = body.vector16(), body.isAtEnd, !entries.isEmpty else { throw .malformed }
    var list = ByteReader(entries)
    var names: [String] = []
    while !list.isAtEnd {
      guard let name = list.vector8(), !name.isEmpty else { throw .malformed }
      names.append(String(decoding: name.indices.map { name[$0] }, as: UTF8.self))
    }
    return names
  }

  private static func checkVersions(_ bytes: Span<UInt8>) throws(ClientHelloFault) {
    var body = ByteReader(bytes)
    guard let entries = body.vector8(), body.isAtEnd, !entries.isEmpty, entries.count % 2 == 0
    else { throw .malformed }
  }
}
