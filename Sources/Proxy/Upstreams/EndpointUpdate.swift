import Config
import Platform

/// Carries endpoints over from one endpoint set to the next. The run of addresses that did not move
/// at either end is compared in place; only what lies between is looked up by address.
struct EndpointUpdate {
  private struct Place {
    var locality: Int32
    var index: Int32
  }

  private let old: [UpstreamEndpoint]
  private let set: EndpointSet
  private let number: UInt64
  private var places: [Place] = []

  private(set) var endpoints: [UpstreamEndpoint] = []
  private(set) var changes = EndpointChanges()
  /// Membership, a weight, a health status or an endpoint's locality changed.
  private(set) var changesBalance = false

  init(old: [UpstreamEndpoint], set: EndpointSet, number: UInt64) {
    self.old = old
    self.set = set
    self.number = number
    places.reserveCapacity(old.count)
    for (locality, entry) in set.localities.enumerated() {
      for index in entry.endpoints.indices {
        places.append(.init(locality: Int32(locality), index: Int32(index)))
      }
    }
  }

  mutating func run(_ byAddress: inout [SocketAddress: UpstreamEndpoint]) {
    var start = 0
    while start < min(old.count, places.count), isInPlace(start, start) { start += 1 }
    var tail = 0
    while start + tail < min(old.count, places.count),
      isInPlace(old.count - 1 - tail, places.count - 1 - tail)
    { tail += 1 }

    endpoints.reserveCapacity(places.count)
    for position in 0..<start { keep(old[position], at: places[position]) }
    for position in start..<(places.count - tail) { settle(places[position], &byAddress) }
    for position in stride(from: tail - 1, through: 0, by: -1) {
      let endpoint = old[old.count - 1 - position]
      // The middle may have named it already.
      guard endpoint.updateNumber != number else { continue }
      keep(endpoint, at: places[places.count - 1 - position])
    }
    for endpoint in old[start..<(old.count - tail)] where endpoint.updateNumber != number {
      endpoint.isRemoved = true
      byAddress[endpoint.address] = nil
      changes.removed.append(endpoint)
    }
    if !changes.removed.isEmpty || !changes.added.isEmpty { changesBalance = true }
  }

  private func isInPlace(_ oldIndex: Int, _ newIndex: Int) -> Bool {
    let place = places[newIndex]
    return old[oldIndex].address
      == set.localities[Int(place.locality)].endpoints[Int(place.index)].address
  }

  private mutating func keep(_ endpoint: UpstreamEndpoint, at place: Place) {
    endpoint.updateNumber = number
    let config = set.localities[Int(place.locality)].endpoints[Int(place.index)]
    if endpoint.refresh(config, localityIndex: Int(place.locality)) { changesBalance = true }
    endpoints.append(endpoint)
  }

  private mutating func settle(
    _ place: Place, _ byAddress: inout [SocketAddress: UpstreamEndpoint]
  ) {
    let config = set.localities[Int(place.locality)].endpoints[Int(place.index)]
    if let known = byAddress[config.address] {
      guard known.updateNumber != number else { return }
      // It moved: indices the plan holds are stale.
      changesBalance = true
      keep(known, at: place)
      return
    }
    let endpoint = UpstreamEndpoint(config, localityIndex: Int(place.locality))
    endpoint.updateNumber = number
    byAddress[config.address] = endpoint
    endpoints.append(endpoint)
    changes.added.append(endpoint)
  }
}
