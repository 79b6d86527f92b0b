import MeshModel
import Testing

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
