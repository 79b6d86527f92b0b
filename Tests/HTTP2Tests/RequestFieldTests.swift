import HTTPModel
import Memory
import Testing

@testable import HTTP2

/// Which header blocks are requests (RFC 9113 sections 8.2 and 8.3.1).
@Suite struct RequestFieldTests {
  private typealias Fields = [(String, String)]

  private static let get: Fields = [
    (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "shop.example"),
  ]

  private func decode(
    _ fields: Fields, ended: Bool = true, _ settings: HTTP2Settings = HTTP2Settings()
  ) throws(HTTP2Fault) -> RequestHead {
    let head = RequestHead()
    var decoder = RequestFieldDecoder(settings, into: head, scratch: ByteBuffer(capacity: 0))
    for (name, value) in fields {
      decoder.append([UInt8](name.utf8).span, [UInt8](value.utf8).span)
    }
    _ = try decoder.finish(ended: ended)
    return head
  }

  private func fault(_ fields: Fields, ended: Bool = true) -> HTTP2Fault? {
    do throws(HTTP2Fault) {
      _ = try decode(fields, ended: ended)
      return nil
    } catch { return error }
  }

  /// The plain request with a pseudo field changed, left out (nil) or added.
  private func changed(_ name: String, _ value: String?) -> Fields {
    Self.get.compactMap { $0.0 == name ? value.map { (name, $0) } : $0 }
  }

  @Test(
    "control data of a plain request must be there, once, and well-formed",
    arguments: [
      (":method", nil, HTTP2Fault.missingPseudoField), (":method", "", .method),
      (":method", "GE T", .method), (":method", "GET\r\n", .method),
      (":scheme", nil, .missingPseudoField), (":scheme", "ftp", .scheme),
      (":scheme", "http ", .scheme), (":path", nil, .missingPseudoField), (":path", "", .path),
      (":path", "a", .path), (":path", "/ b", .path), (":path", "/a\r\nhost: x", .path),
      (":path", "/#a", .path), (":path", "/é", .path), (":path", "*", .path),
      (":path", "http://a/", .path), (":authority", nil, .missingPseudoField),
      (":authority", "", .authority), (":authority", "a b", .authority),
      (":authority", "u@shop.example", .authority), (":authority", "a:99999", .authority),
    ] as [(String, String?, HTTP2Fault)])
  func controlData(_ name: String, _ value: String?, _ expected: HTTP2Fault) {
    #expect(fault(changed(name, value)) == expected)
  }

  @Test(
    "each pseudo field may stand once", arguments: [":method", ":scheme", ":path", ":authority"])
  func repeatedControlData(_ name: String) {
    let value = Self.get.first { $0.0 == name }?.1 ?? ""
    #expect(fault(Self.get + [(name, value)]) == .repeatedPseudoField)
  }

  @Test(
    "fields that HTTP/1.1 would take for something else are refused",
    arguments: [
      ([("Accept", "a")], HTTP2Fault.uppercaseName), ([("", "a")], .fieldName),
      ([("a b", "c")], .fieldName), ([("a:", "c")], .fieldName), ([("a\r\nb", "c")], .fieldName),
      ([("a\0", "c")], .fieldName), ([("a", "b\r\nc: d")], .fieldValue),
      ([("a", "b\nc")], .fieldValue), ([("a", "b\0")], .fieldValue), ([("a", " b")], .fieldValue),
      ([("a", "b ")], .fieldValue), ([("connection", "close")], .connectionField),
      ([("keep-alive", "1")], .connectionField), ([("proxy-connection", "x")], .connectionField),
      ([("transfer-encoding", "chunked")], .connectionField),
      ([("upgrade", "h2c")], .connectionField),
      ([("te", "gzip")], .te), ([("te", "trailers, deflate")], .te),
      ([("host", "other.example")], .hostDiffers),
      ([("a", "b"), (":path", "/")], .pseudoFieldBehindFields),
      ([(":status", "200")], .unknownPseudoField),
      ([(":protocol", "websocket")], .unknownPseudoField),
      ([("content-length", "")], .contentLength), ([("content-length", "+1")], .contentLength),
      ([("content-length", "1, 1")], .contentLength), ([("content-length", "-1")], .contentLength),
      ([("content-length", "99999999999999999999")], .contentLengthTooLarge),
      ([("content-length", "5"), ("content-length", "5")], .repeatedContentLength),
      ([("content-length", "5")], .lengthDiffers), ([("expect", "200-ok")], .expectation),
    ] as [([(String, String)], HTTP2Fault)])
  func fields(_ fields: [(String, String)], _ expected: HTTP2Fault) {
    #expect(fault(Self.get + fields) == expected)
  }

  @Test("a host that says the same as the authority is kept once")
  func sameHost() throws {
    let head = try decode(Self.get + [("host", "Shop.Example"), ("a", "b")])
    #expect(lines(head) == ["host: shop.example", "a: b"])
    let alone = try decode(changed(":authority", nil) + [("host", "shop.example")])
    #expect(lines(alone) == ["host: shop.example"])
    #expect(text(alone, alone.authority) == "shop.example")
  }

  private static let extended: Fields = [
    (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/chat?a"),
    (":authority", "shop.example"),
  ]

  private var allowing: HTTP2Settings {
    var settings = HTTP2Settings()
    settings.allowsConnect = true
    return settings
  }

  @Test("CONNECT with a protocol is what HTTP/1.1 asks for with GET and upgrade (RFC 8441)")
  func extendedConnect() throws {
    let head = try decode(Self.extended + [("x", "1")], ended: false, allowing)
    #expect(head.method == .get && text(head, head.target) == "/chat?a")
    #expect(text(head, head.upgrade) == "websocket")
    #expect(head.framing == .chunked)
    let upgrade = try #require(head.firstIndex(of: .upgrade))
    #expect(!head.field(at: upgrade).isForwarded)
  }

  @Test("a protocol is asked for by CONNECT alone, by one name, where it was announced")
  func malformedExtendedConnect() {
    func fault(_ fields: Fields, _ settings: HTTP2Settings) -> HTTP2Fault? {
      do throws(HTTP2Fault) {
        _ = try decode(fields, ended: false, settings)
        return nil
      } catch { return error }
    }
    func changed(_ name: String, _ value: String?) -> Fields {
      Self.extended.compactMap { $0.0 == name ? value.map { (name, $0) } : $0 }
    }
    #expect(fault(Self.extended, HTTP2Settings()) == .unknownPseudoField)
    #expect(fault(changed(":method", "GET"), allowing) == .connectForm)
    #expect(fault(changed(":protocol", ""), allowing) == .connectForm)
    #expect(fault(changed(":protocol", "a, b"), allowing) == .connectForm)
    #expect(fault(changed(":path", nil), allowing) == .missingPseudoField)
    #expect(fault(changed(":scheme", nil), allowing) == .missingPseudoField)
    #expect(fault(changed(":authority", nil), allowing) == .missingPseudoField)
    #expect(fault(Self.extended + [("content-length", "0")], allowing) == .connectForm)
    #expect(fault([(":protocol", "a")] + Self.extended, allowing) == .repeatedPseudoField)
  }

  @Test("CONNECT names an authority with a port, and nothing else")
  func connect() throws {
    let head = try decode([(":method", "CONNECT"), (":authority", "db.example:5432")])
    #expect(head.method == .connect && text(head, head.target) == "db.example:5432")
    #expect(fault([(":method", "CONNECT")]) == .connectForm)
    #expect(fault([(":method", "CONNECT"), (":authority", "db.example")]) == .connectForm)
    let withPath: Fields = [(":method", "CONNECT"), (":authority", "a:1"), (":path", "/")]
    #expect(fault(withPath) == .connectForm)
  }

  @Test("OPTIONS may ask for the server as a whole")
  func asterisk() throws {
    var fields = changed(":path", "*")
    fields[0].1 = "OPTIONS"
    #expect(text(try decode(fields), try decode(fields).target) == "*")
  }

  @Test("the request line and the fields are what HTTP/1.1 would send")
  func asHTTP1() throws {
    let head = try decode(
      [
        (":path", "/a?b"), (":authority", "a:81"), (":method", "PUT"), (":scheme", "https"),
        ("x", ""),
      ])
    let text = head.wholeText
    #expect(
      String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
        == "PUT /a?b HTTP/1.1\r\nhost: a:81\r\nx: \r\n")
  }

  @Test("a body is of the length that is told, or else chunked")
  func framing() throws {
    #expect(try decode(Self.get, ended: false).framing == .chunked)
    #expect(try decode(Self.get + [("content-length", "7")], ended: false).framing == .length(7))
    #expect(try decode(Self.get + [("content-length", "0")]).framing == .length(0))
    #expect(try decode(Self.get).framing == .none)
  }

  @Test("heads are bounded in bytes and fields")
  func limits() {
    var settings = HTTP2Settings()
    settings.maxHeaderCount = 3
    func fault(_ fields: Fields) -> HTTP2Fault? {
      do throws(HTTP2Fault) {
        _ = try decode(fields, ended: true, settings)
        return nil
      } catch { return error }
    }
    #expect(fault(Self.get + [("a", ""), ("b", "")]) == nil)
    #expect(fault(Self.get + [("a", ""), ("b", ""), ("c", "")]) == .tooManyFields)
    settings.maxHeadBytes = 300
    #expect(fault(Self.get + [("a", String(repeating: "x", count: 300))]) == .headTooLarge)
  }
}
