import MeshModel
import Testing

@testable import Manifests

/// What JSON has and YAML does not, or has otherwise.
@Suite struct JSONReaderTests {
  private func json(_ text: String) throws -> String {
    try DocumentReader.documents(in: text).map(\.json).joined(separator: "\n")
  }

  @Test func takesKeysOfAnyLength() throws {
    let key = String(repeating: "k", count: 1_000_000)
    #expect(try json("{\"\(key)\": 1}") == "{\"\(key)\":1}")
  }

  @Test(arguments: [
    ("{\"a\"\n:\t1}", #"{"a":1}"#), ("{\"a\": \"\u{7F}\u{80}\"}", #"{"a":"\u007f\u0080"}"#),
    (#"["\/\b\f\n\r\t\"\\\u00e9\ud83d\ude00"]"#, #"["/\u0008\u000c\n\r\t\"\\é😀"]"#),
    (
      "[0, -0, -1, 1.5, 1e3, -2.5E-1, 9223372036854775807]",
      "[0,0,-1,1.5,1000.0,-0.25,9223372036854775807]"
    ),
    ("[true, false, null, [], {}]", "[true,false,null,[],{}]"), (" \r\n{}\n ", "{}"),
    ("[\"yes\", \"1\", \"~\"]", "[\"yes\",\"1\",\"~\"]"),
  ])
  func readsWhatJSONMeans(text: String, expected: String) throws {
    #expect(try json(text) == expected)
  }

  @Test func readsSeveralDocuments() throws {
    #expect(try json("{\"a\": 1}\n---\n{\"b\": 2}\n--- [3]\n---\n") == "{\"a\":1}\n{\"b\":2}\n[3]")
    #expect(try json("{\"a\": 1}\n---\nb: 2\n") == "{\"a\":1}\n{\"b\":2}")
  }

  @Test func leavesFlowStyleToYAML() throws {
    #expect(try json("{a: 1, 'b': [yes, 012]}") == #"{"a":1,"b":["yes","012"]}"#)
    #expect(try json("{\"a\": 012}") == #"{"a":"012"}"#)
  }

  @Test func tellsTheLinesOfValues() throws {
    let document = try DocumentReader.documents(in: "\n{\"a\":\n [1,\n  {\"b\": 2}]}")[0]
    #expect(document.line == 2)
    #expect(document.line(at: FieldPath([.field("a")])) == 3)
    #expect(document.line(at: FieldPath([.field("a"), .index(1), .field("b")])) == 4)
  }

  @Test func tellsAKeyThatIsGivenTwice() throws {
    let text = "{\"a\": {\"b\": 1,\n\"b\": 2}}"
    let fault = #expect(throws: MeshFault.self) { try DocumentReader.documents(in: text) }
    #expect(fault?.message == "a key is given twice")
    #expect(fault?.found == "b")
    #expect(fault?.line == 2)
    #expect(fault?.path.description == "a")
  }

  @Test func boundsTheNumberOfValues() throws {
    let text = "[" + String(repeating: "1,", count: DocumentLimits().values) + "1]"
    let fault = #expect(throws: MeshFault.self) { try DocumentReader.documents(in: text) }
    #expect(fault?.message == "the push holds more than 500000 values")
  }
}

@Suite struct JSONNumberTests {
  @Test(arguments: [
    ("0", true), ("-0", true), ("10", true), ("1.50", true), ("1e3", true), ("1E+3", true),
    ("-1.5e-3", true), ("", false), ("-", false), ("080", false), ("00", false), ("+1", false),
    (".5", false), ("1.", false), ("1e", false), ("1e+", false), ("0x50", false), ("1 ", false),
    ("NaN", false), ("1_000", false),
  ])
  func knowsHowJSONWritesNumbers(text: String, isNumber: Bool) {
    #expect(JSONNumber.isWritten(text) == isNumber)
  }
}
