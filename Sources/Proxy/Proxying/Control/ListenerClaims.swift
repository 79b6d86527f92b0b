import Config
import Platform
import Sockets

/// Which listener gets which address. One that leaves an address, or moves away from it in the same
/// update, hands its sockets over; nobody takes the address of a listener that stays.
struct ListenerClaims {
  let workerCount: Int
  /// What listeners have now, by name.
  let present: [String: BoundAddress]
  /// Of listeners that have left the configuration.
  let departing: [BoundAddress]

  private(set) var granted: [String: BoundAddress] = [:]
  private(set) var refused: [(config: ListenerConfig, reason: String)] = []

  init(workerCount: Int, present: [String: BoundAddress], departing: [BoundAddress]) {
    self.workerCount = workerCount
    self.present = present
    self.departing = departing
  }

  /// Settles the claims of one update. Who is refused stays where it is, which may refuse another:
  /// hence the repetition.
  mutating func settle(_ claims: [ListenerConfig]) {
    var open = claims
    while let index = open.firstIndex(where: { !grant($0, among: open) }) {
      granted[open[index].name] = nil
      open.remove(at: index)
    }
  }

  /// False, and the reason noted, when the listener cannot have its address.
  private mutating func grant(_ claim: ListenerConfig, among claims: [ListenerConfig]) -> Bool {
    if let holder = holder(of: claim.address, against: claim.name, among: claims) {
      refuse(claim, "listener \(holder) has it")
      return false
    }
    if granted[claim.name] != nil { return true }
    if let known = sockets(at: claim.address, for: claim.name) {
      granted[claim.name] = known
      return true
    }
    do throws(SystemFault) {
      granted[claim.name] = try BoundAddress(
        claim.address, count: workerCount,
        own: (Array(present.values) + departing + Array(granted.values)).map(\.address))
      return true
    } catch {
      refuse(claim, error.reasonNotListening)
      return false
    }
  }

  private mutating func refuse(_ claim: ListenerConfig, _ reason: String) {
    refused.append((claim, reason))
  }

  /// Who keeps the address, or claimed it first.
  private func holder(
    of address: SocketAddress, against name: String, among claims: [ListenerConfig]
  ) -> String? {
    guard address.port != 0 else { return nil }
    let rivals = claims.filter { $0.address == address }
    let stays = present.first { other, sockets in
      sockets.requested == address
        && (rivals.contains { $0.name == other } || !claims.contains { $0.name == other })
    }
    let owner = stays?.key ?? rivals.first?.name
    return owner == name ? nil : owner
  }

  private func sockets(at address: SocketAddress, for name: String) -> BoundAddress? {
    if let own = present[name], own.requested == address { return own }
    guard address.port != 0 else { return nil }
    return departing.first { $0.requested == address }
      ?? present.values.first { $0.requested == address }
  }
}
