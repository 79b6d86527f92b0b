import Testing

@testable import TLS

/// Whether new lists of what was revoked turn down somebody whom the ones before let pass.
struct RevocationTests {
  private func context(_ lists: String...) throws -> TLSContext {
    try TLSContext(
      downstream: .mutual { $0.revocationLists = lists.flatMap { Certificates.bytes($0) } })
  }

  @Test(arguments: [
    ("revoked.crl", "revoked.crl", true), ("revoked.crl", "reissued.crl", true),
    ("revoked.crl", "none.crl", true), ("none.crl", "revoked.crl", false),
    ("none.crl", "elsewhere.crl", false),
  ])
  func onlyWhatIsRevokedMoreCounts(before: String, after: String, expected: Bool) throws {
    #expect(try context(after).revokesNoMore(than: context(before)) == expected)
  }

  @Test func aListOfAnotherIssuerMustStay() throws {
    let both = try context("none.crl", "elsewhere.crl")
    #expect(try !context("none.crl").revokesNoMore(than: both))
    #expect(try context("elsewhere.crl", "none.crl").revokesNoMore(than: both))
  }

  @Test func theFirstListTurnsDownWhomeverItDoesNotTellOf() throws {
    #expect(try !context("none.crl").revokesNoMore(than: context()))
    #expect(try !context().revokesNoMore(than: context("none.crl")))
  }
}
