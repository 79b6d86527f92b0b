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

  @Test func suggestsNothingWhenNothingIsNear() {
    #expect(nearest(to: "deployment", in: ["services", "port"]) == nil)
    #expect(nearest(to: "x", in: []) == nil)
  }
}
