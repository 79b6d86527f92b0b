import MeshModel
import MeshTranslate
import Testing

@testable import XDSServer

@Suite struct SnapshotCacheTests {
  private let mesh = MeshSnapshot(
    revision: 1, mesh: Mesh([.service(Service(name: "a", ports: [ServicePort(number: 80)]))]))

  @Test func makesOneTranslationForProxiesThatAreToHaveTheSame() {
    let cache = SnapshotCache(MeshTranslation())
    for node in 0..<10 {
      _ = cache.resources(of: mesh, for: ProxyProfile(node: "node-\(node)"))
    }
    #expect(cache.count == 1)
  }

  @Test func keepsNoMoreThanItsCapacityForProxiesThatAllDiffer() {
    let cache = SnapshotCache(MeshTranslation())
    for number in 0..<(3 * SnapshotCache.capacity) {
      let profile = ProxyProfile(node: "node", namespace: "namespace-\(number)")
      let made = cache.resources(of: mesh, for: profile)
      #expect(made[.cluster].count == 1)
      #expect(cache.count <= SnapshotCache.capacity)
    }
  }
}
