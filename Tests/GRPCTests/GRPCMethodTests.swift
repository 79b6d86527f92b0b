import Testing

@testable import GRPC

@Suite struct GRPCMethodTests {
  @Test(
    "a path names a service and a method",
    arguments: [
      ("/a.B/C", "a.B", "C"), ("/B/get_it-2", "B", "get_it-2"), ("/a", nil, nil), ("a/b", nil, nil),
      ("/", nil, nil), ("", nil, nil), ("//b", nil, nil), ("/a/", nil, nil), ("/a/b/c", nil, nil),
      ("/a b/c", nil, nil), ("/a/\"", nil, nil), ("/a/ü", nil, nil), ("/a/b?c", nil, nil),
    ] as [(String, String?, String?)])
  func paths(_ text: String, _ service: String?, _ method: String?) {
    let bytes = Array(text.utf8)
    let path = GRPCMethodPath(bytes.span)
    #expect(path.map { String(decoding: bytes[$0.service], as: UTF8.self) } == service)
    #expect(path.map { String(decoding: bytes[$0.method], as: UTF8.self) } == method)
  }

  @Test func longPathsNameNoMethod() {
    let long = Array(("/a/" + String(repeating: "b", count: 253)).utf8)
    let isNamed = GRPCMethodPath(long.span) != nil
    #expect(isNamed)
    let longer = long + [0x62]
    let isLongerNamed = GRPCMethodPath(longer.span) != nil
    #expect(!isLongerNamed)
  }

  @Test func pathsKeepTheirNumbers() {
    var index = GRPCMethodIndex(maxCount: 256)
    let paths = (0..<256).map { Array("/a.S\($0)/M".utf8) }
    let number = { (path: [UInt8]) in index.number(of: path.span) }
    #expect(number(paths[0]) == nil)
    for (place, path) in paths.enumerated() {
      #expect(!index.isFull)
      #expect(index.insert(path) == place)
      #expect(number(path) == place)
    }
    #expect(index.isFull)
    #expect(paths.map(number) == Array(0..<256))
    #expect(number(Array("/a.S256/M".utf8)) == nil)
  }
}
