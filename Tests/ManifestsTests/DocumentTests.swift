import Testing

@testable import Manifests

@Suite struct DocumentTests {
  private func json(_ text: String) throws -> String {
    try DocumentReader.documents(in: text).map(\.json).joined(separator: "\n")
  }

  @Test func readsPlainWordsAsYAML12Does() throws {
    let text = "[yes, on, true, null, ~, 0x10, 012, 1.50, .5, 1e3, -7, 1_000, 2024-01-01, '1']"
    let expected =
      "[\"yes\",\"on\",true,null,null,16,12,1.5,0.5,1000.0,-7,\"1_000\",\"2024-01-01\",\"1\"]"
    #expect(try json(text) == expected)
  }

  @Test func writesKeysInOrderAndEscapesWhatHasToBe() throws {
    #expect(try json("{b: 1, a: \"x\\n\\u0001\\\"\\\\é\"}") == #"{"a":"x\n\u0001\"\\é","b":1}"#)
  }

  @Test func joinsSurrogatePairsAndLeavesEscapedBackslashesAlone() throws {
    #expect(try json(#"["\ud83d\ude00", "\\ud83d"]"#) == #"["😀","\\ud83d"]"#)
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    let text = """
      {"a": "yes", "b": "1", "c": "null", "d": "two\\nlines\\n", "e": ["", " x ", "- y", "a: b"],
       "f": {"g": [], "h": {}}, "i": -1.5, "j": "\\u0007 \\u0085", "k": "# no comment", "l": "true"}
      """
    let document = try DocumentReader.documents(in: text)[0]
    #expect(try DocumentReader.documents(in: document.json)[0].json == document.json)
    #expect(try DocumentReader.documents(in: document.yaml)[0].json == document.json)
  }
}
