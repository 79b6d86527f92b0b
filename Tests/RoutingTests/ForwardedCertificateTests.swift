import Routing
import Testing

@Suite struct ForwardedCertificateTests {
  private func isSound(_ values: String...) -> Bool {
    Request.make("/", values.map { ("x-forwarded-client-cert", $0) }).hasSoundForwardedCertificate
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
}
