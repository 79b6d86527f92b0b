import MeshModel
import Testing

@testable import Manifests

@Suite struct DocumentTests {
  private func json(_ text: String) throws -> String {
    try DocumentReader.documents(in: text).map(\.json).joined(separator: "\n")
  }

  @Test func readsPlainWordsAsYAML12Does() throws {
    let text = "[yes, on, true, null, ~, 0x10, 012, 1.50, .5, 1e3, -7, 1_000, 2024-01-01, '1']"
    let expected =
      "[\"yes\",\"on\",true,null,null,16,\"012\",1.5,0.5,1000.0,-7,\"1_000\",\"2024-01-01\",\"1\"]"
    #expect(try json(text) == expected)
  }

  @Test func writesKeysInOrderAndEscapesWhatHasToBe() throws {
    #expect(try json("{b: 1, a: \"x\\n\\u0001\\\"\\\\é\"}") == #"{"a":"x\n\u0001\"\\é","b":1}"#)
  }

  @Test func quotesWhatOtherReadersTakeForANumber() throws {
    #expect(try DocumentReader.documents(in: "a: '0120'")[0].yaml == "a: \"0120\"\n")
  }

  @Test func joinsSurrogatePairsAndLeavesEscapedBackslashesAlone() throws {
    #expect(try json(#"["\ud83d\ude00", "\\ud83d"]"#) == #"["😀","\\ud83d"]"#)
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    let text = """
      {"a": "yes", "b": "1", "c": "null", "d": "two\\nlines\\n", "e": ["", " x ", "- y", "a: b"],
       "f": {"g": [], "h": {}}, "i": -1.5, "j": "\\u0007 \\u0085", "k": "# no comment", "l": "true", "m": "0120"}
      """
    let document = try DocumentReader.documents(in: text)[0]
    #expect(try DocumentReader.documents(in: document.json)[0].json == document.json)
    #expect(try DocumentReader.documents(in: document.yaml)[0].json == document.json)
  }

  @Test(arguments: [
    "a: &x 1\nb: *x", "- &x-1 [1]\n- {? *x-1 : 2}", "&r {a: *r}", "{\"a\":&x 1,\"b\":*x}",
    "a: !!str &x y\nb:\u{85}  *x",
  ])
  func takesNoAlias(text: String) throws {
    let fault = #expect(throws: MeshFault.self) { try DocumentReader.documents(in: text) }
    #expect(fault?.message.contains("aliases are not taken") == true)
  }

  @Test(arguments: [
    "{a: 'x & y * z', b: http://h/?c=1&d=2, c: \"*bold* &amp; more\", d: 3*4&5}",
    "a: |\n  use &x or *x\nb: \"&x *x\"", "a: 1  # &x and *x",
  ])
  func takesStarsAndAmpersandsInText(text: String) throws {
    #expect(try DocumentReader.documents(in: text).count == 1)
  }

  /// The texts end in what is no YAML, which nobody got to see.
  @Test(arguments: ["[", "{", "- [b, c]\n", "---\na\n"])
  func tooManyValuesAreRefusedBeforeAnyIsBuilt(part: String) throws {
    let values = String(repeating: part == "[" || part == "{" ? "a," : part, count: 600_000)
    let text = (part == "[" || part == "{" ? part : "") + values + "]]"
    let fault = #expect(throws: MeshFault.self) { try DocumentReader.documents(in: text) }
    #expect(fault?.message == "the push holds more than 500000 values")
  }

  @Test(arguments: [
    ("{\"\(String(repeating: "k", count: 1_025))\": 1}", true), ("{\"a\"\n: 1}", true),
    ("[1, 2}", false),
  ])
  func jsonThatIsNoYAMLIsToldWhatIsAccepted(text: String, isJSON: Bool) throws {
    let fault = #expect(throws: MeshFault.self) { try DocumentReader.documents(in: text) }
    #expect(fault?.message.hasPrefix("not YAML: ") == true)
    #expect(fault?.accepted.isEmpty == !isJSON)
    #expect(fault?.line != nil)
  }

  @Test(arguments: [
    (String(repeating: "[", count: 101), ""), ("a: " + String(repeating: "[", count: 100), "a"),
    ("a:\n- b: " + String(repeating: "{x: ", count: 100), "a[0].b.x"),
    ("[1, {\"k\": " + String(repeating: "[", count: 99), "[1].k[0]"),
    ("{\"a\": 1, \"b\": " + String(repeating: "{\"x\": ", count: 100), "b.x.x"),
  ])
  func whatIsNestedTooDeeplyIsToldWithItsPlace(text: String, path: String) throws {
    let fault = #expect(throws: MeshFault.self) { try DocumentReader.documents(in: text) }
    #expect(fault?.message == "nested too deeply")
    #expect(fault?.path.description.hasPrefix(path) == true)
    #expect(fault?.path.steps.count == 100)
    #expect(fault?.accepted == ["at most 100 lists and mappings within one another"])
  }

  @Test(arguments: ["[", "a: ["])
  func asDeepAsThereMayBeIsRead(begin: String) throws {
    let more = begin == "[" ? 99 : 98
    let text = begin + String(repeating: "[", count: more) + String(repeating: "]", count: more + 1)
    #expect(try DocumentReader.documents(in: text).count == 1)
  }

  @Test func asManyValuesAsThereMayBeAreRead() throws {
    let text = "[" + String(repeating: "a,", count: DocumentLimits().values - 1) + "]"
    #expect(try DocumentReader.documents(in: text).count == 1)
  }
}
