import Config
import Testing

@Suite struct ClusterNamesTests {
  @Test func aNameKeepsItsHandle() {
    var names = ClusterNames()
    let first = names.id(for: "a")
    #expect(names["a"] == first)
    #expect(names.id(for: "a") == first)
    #expect(names.id(for: "b") != first)
    #expect(names["c"] == nil)
  }

  @Test func aReleasedSlotIsUsedAgainUnderAnotherHandle() {
    var names = ClusterNames()
    let first = names.id(for: "a")
    names.release("a")
    #expect(names["a"] == nil)
    let second = names.id(for: "b")
    #expect(second.index == first.index)
    #expect(second != first)
    #expect(names.id(for: "a") != first)
    #expect(names.slotCount == 2)
  }

  @Test func thousandsThatComeAndGoNeedAsManySlotsAsThereWereAtOnce() {
    var names = ClusterNames()
    var seen: Set<ClusterID> = []
    for round in 0..<10_000 {
      seen.insert(names.id(for: "c\(round)"))
      if round >= 3 { names.release("c\(round - 3)") }
    }
    #expect(seen.count == 10_000)
    #expect(names.slotCount == 4)
    #expect(names.all.count == 3)
  }
}
