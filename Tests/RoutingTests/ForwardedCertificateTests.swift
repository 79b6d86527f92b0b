import HTTPModel
import Routing
import Testing

@Suite struct ForwardedCertificateTests {
  private func isSound(_ values: String...) -> Bool {
    head(values).hasSoundForwardedCertificate(besides: 0)
  }

  private func head(_ values: [String]) -> RequestHead {
    Request.make("/", values.map { ("x-forwarded-client-cert", $0) })
  }

  @Test(arguments: [
    "Hash=00", "By=;Hash=00", "Subject=\"\"", "hash=00;uri=spiffe://mesh/a?b=c", "Hash=00,Hash=01",
    "Hash=00;Subject=\"CN=a\\,b,O=\\\"c\\\"; d\";URI=spiffe://mesh/a, Hash=01;DNS=a;DNS=b",
    #"Subject="CN=a\\,b""#, #"Subject="CN=\\\"a""#,
  ])
  func elementsThatAllReadAlikePass(value: String) {
    #expect(isSound(value))
    #expect(isSound("Hash=ff", value))
  }

  @Test(arguments: [
    #"Hash=00;URI=spiffe://mesh/admin;X=""#, #"Hash=00;Subject="CN=a"#, #"Subject="CN=a"b"#,
    #"Subject=CN="a""#, #"Subject="CN=a\""#, #"Subject="CN=a\\""#, #"Subject="CN=a\\\\";X="b""#,
    #"URI=a\"#, "", " ", "Hash", "=00", "Hash=00;", "Hash=00,", "Hash=00,,Hash=01", ";Hash=00",
    "Ha sh=00", "Hash=0 0", "URI=spiffe://\u{e9}", "Hash=00;;URI=a",
  ])
  func whatReadersMayTakeDifferentlyIsFound(value: String) {
    #expect(!isSound(value))
    #expect(!isSound("Hash=00", value))
    #expect(!isSound(value, "Hash=00"))
  }

  @Test func noFieldIsSound() { #expect(isSound()) }

  /// A field's length has 16 bits: what does not fit into one could stand alone before another's element.
  @Test func elementsThatFitNoFieldTogetherAreNotSound() {
    let long = head(["Hash=00", "Hash=" + String(repeating: "0", count: 65_000)])
    #expect(long.hasSoundForwardedCertificate(besides: 500))
    #expect(!long.hasSoundForwardedCertificate(besides: 600))
  }

  @Test(arguments: [
    ([], "", []), ([], "Hash=ff", ["Hash=ff"]), (["Hash=00"], "", ["Hash=00"]),
    (["Hash=00"], "Hash=ff", ["Hash=00,Hash=ff"]), (["Hash=00", "a=b"], "", ["Hash=00,a=b"]),
    (["Hash=00", "a=b, c=d"], "Hash=ff", ["Hash=00,a=b, c=d,Hash=ff"]),
  ])
  func allElementsStandInOneField(before: [String], ours: String, expected: [String]) {
    let head = head(before)
    head.joinForwardedCertificates(adding: Array(ours.utf8))
    let lines = head.lines.filter { $0.hasPrefix("x-forwarded-client-cert") }
    #expect(lines == expected.map { "x-forwarded-client-cert: " + $0 })
  }
}
