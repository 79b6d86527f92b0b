import Testing

@testable import TLS

/// Whether new authorities, or lists of what they revoked, turn down somebody whom the ones before let pass.
struct RevocationTests {
  private func trusting(_ authorities: [String]) throws -> TLSContext {
    try TLSContext(
      downstream: .mutual {
        $0.trustedAuthorities =
          authorities.isEmpty ? nil : authorities.flatMap { Certificates.bytes($0) }
        if authorities.isEmpty { $0.certificateHashes = [[UInt8](repeating: 7, count: 32)] }
      })
  }

  @Test(arguments: [
    (["root.pem"], ["elsewhere.pem", "root.pem"], true),
    (["elsewhere.pem", "root.pem"], ["root.pem", "elsewhere.pem", "root.pem"], true),
    (["elsewhere.pem", "root.pem"], ["root.pem"], false), (["root.pem"], ["elsewhere.pem"], false),
    ([], ["root.pem"], false), (["root.pem"], [], false),
  ])
  func onlyWhoIsTrustedNoMoreCounts(
    before: [String], after: [String], expected: Bool
  ) throws {
    #expect(try trusting(after).acceptsNoFewer(than: trusting(before)) == expected)
  }

  private func context(_ lists: String...) throws -> TLSContext {
    try TLSContext(
      downstream: .mutual {
        $0.revocationLists = lists.isEmpty ? nil : lists.flatMap { Certificates.bytes($0) }
      })
  }

  @Test(arguments: [
    ("revoked.crl", "revoked.crl", true), ("revoked.crl", "reissued.crl", true),
    ("revoked.crl", "none.crl", true), ("none.crl", "revoked.crl", false),
    ("none.crl", "elsewhere.crl", false),
  ])
  func onlyWhatIsRevokedMoreCounts(before: String, after: String, expected: Bool) throws {
    #expect(try context(after).acceptsNoFewer(than: context(before)) == expected)
  }

  @Test func aListOfAnotherIssuerMustStay() throws {
    let both = try context("none.crl", "elsewhere.crl")
    #expect(try !context("none.crl").acceptsNoFewer(than: both))
    #expect(try context("elsewhere.crl", "none.crl").acceptsNoFewer(than: both))
  }

  @Test func theFirstListTurnsDownWhomeverItDoesNotTellOf() throws {
    #expect(try !context("none.crl").acceptsNoFewer(than: context()))
  }

  @Test func withoutListsNobodyIsTurnedDownByThem() throws {
    #expect(try context().acceptsNoFewer(than: context("revoked.crl")))
    #expect(try context().acceptsNoFewer(than: context()))
  }
}
