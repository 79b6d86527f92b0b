import MeshModel
import Testing

@Suite struct NearestTests {
  @Test(arguments: [
    ("servces", "services"), ("prot", "port"), ("TrafficSplitt", "TrafficSplit"), ("Svc", "svc"),
  ])
  func suggestsTheLikelyMeaning(word: String, meaning: String) {
    let candidates = ["services", "port", "name", "TrafficSplit", "svc"]
    #expect(nearest(to: word, in: candidates) == meaning)
  }

  @Test func prefersTheNearestWhereverItStands() {
    let near = ["web-v11", "web-v1", "web-v22"]
    #expect(nearest(to: "web-v2", in: near + ["web-v2"]) == "web-v2")
    #expect(nearest(to: "web-v1x", in: near) == "web-v11")
    #expect(nearest(to: "ewb-v1", in: near) == "web-v1")
  }

  @Test func suggestsNothingWhenNothingIsNear() {
    #expect(nearest(to: "deployment", in: ["services", "port"]) == nil)
    #expect(nearest(to: "x", in: []) == nil)
  }
}
