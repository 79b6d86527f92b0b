import Config
import Platform
import TLS

/// The rules by which peers were accepted: clients by a filter chain, or endpoints by a cluster. As long as they
/// are judged alike it stays the same. Owning worker only.
final class PeerTrust {
  /// Since when they are judged otherwise; nil: they are not.
  private(set) var withdrawn: MonotonicInstant?

  var isWithdrawn: Bool { withdrawn != nil }

  func withdraw(now: MonotonicInstant) { withdrawn = now }
}

/// How peers are judged, with what was made of it.
struct PeerJudgement {
  let validation: TLSValidationConfig?
  /// nil: it could not be made.
  let context: TLSContext?

  /// Whom `former` accepted is accepted as well.
  func accepts(allOf former: PeerJudgement) -> Bool {
    guard validation != former.validation else { return true }
    guard let judges = validation, var judged = former.validation, let context,
      let earlier = former.context
    else { return false }
    if judges.asksForNoMoreNamesAndHashes(than: judged) {
      judged.names = judges.names
      judged.certificateHashes = judges.certificateHashes
      judged.publicKeyHashes = judges.publicKeyHashes
    }
    judged.trustedAuthorities = judges.trustedAuthorities
    judged.revocationLists = judges.revocationLists
    return judged == judges && context.acceptsNoFewer(than: earlier)
  }
}
