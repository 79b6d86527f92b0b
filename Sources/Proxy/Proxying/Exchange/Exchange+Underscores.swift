import Config
import HTTPModel
import Routing

/// Request fields with an underscore in their name, which some servers take for a hyphen. Source:
/// `headers_with_underscores_action`.
extension Exchange {
  /// False when the request was answered.
  func siftUnderscores(_ rule: HTTPConnectionManagerConfig.Underscores) -> Bool {
    guard rule == .rejectRequest else {
      dropUnderscores(of: requestHead)
      return true
    }
    guard requestHead.firstWithUnderscore(from: 0) != nil else { return true }
    manager?.stats.underscoreRequestsRejected.add()
    reply(.malformed(status: 400, "underscore_in_field_name"))
    return false
  }

  /// What is sent on behind a body is sifted alike; it is too late to refuse the request.
  func sift(_ trailers: Trailers) {
    guard let rules = manager?.rules else { return }
    if rules.underscores != .allow { dropUnderscores(of: trailers) }
    removeFeignedFields(of: trailers, rules)
  }

  /// Some have an underscore, whatever becomes of the others that do.
  func removeFeignedFields(of head: MessageHead, _ rules: ConnectionManagerRules) {
    let underscored = head.removeFeignedFields(isEdge: rules.usesRemoteAddress)
    if underscored > 0 { manager?.stats.underscoreFieldsDropped.add(UInt64(underscored)) }
  }

  private func dropUnderscores(of head: MessageHead) {
    var next = head.firstWithUnderscore(from: 0)
    while let index = next {
      head.mark(index, .removed)
      manager?.stats.underscoreFieldsDropped.add()
      next = head.firstWithUnderscore(from: index + 1)
    }
  }
}

extension MessageHead {
  fileprivate func firstWithUnderscore(from start: Int) -> Int? {
    (start..<fieldCount).first {
      let name = name(at: $0)
      return ByteScan.firstIndex(of: 0x5F, in: name, 0..<name.count) < name.count
    }
  }
}
