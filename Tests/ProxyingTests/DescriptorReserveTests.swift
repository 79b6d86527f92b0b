import Testing

@testable import Proxying

@Suite struct DescriptorReserveTests {
  @Test func clientsGetNoneOfTheLastQuarter() {
    var reserve = DescriptorReserve(limit: 1000)
    let allowed = reserve.allowsClient(749)
    let nothing = reserve.takeRefusals()
    let refused = [750, 999].map { reserve.allowsClient($0) }
    let said = reserve.takeRefusals()
    let again = reserve.takeRefusals()
    #expect(allowed && nothing == nil)
    #expect(refused == [false, false])
    #expect(
      said?.hasPrefix("2 connections refused: clients hold descriptors up to number 750") == true)
    #expect(again == nil)
  }

  @Test func noMoreThan4096AreKept() {
    var reserve = DescriptorReserve(limit: 1_000_000)
    let answers = [995_903, 995_904].map { reserve.allowsClient($0) }
    #expect(answers == [true, false])
  }
}
