import Config
import Routing
import Testing

@Suite struct UpgradePolicyTests {
  private func isAllowed(_ route: [UpgradeConfig], _ manager: [UpgradeConfig], _ name: String)
    -> Bool
  {
    let policy = UpgradePolicy(route)
    return policy.upgrade(to: Array(name.utf8).span, else: UpgradePolicy(manager)) != nil
  }

  @Test func nothingIsAllowedUnlessSomebodySaysSo() {
    #expect(!isAllowed([], [], "websocket"))
    #expect(isAllowed([], [.init(type: "websocket")], "websocket"))
    #expect(isAllowed([], [.init(type: "websocket")], "WebSocket"))
    #expect(!isAllowed([], [.init(type: "websocket")], "websocket2"))
    #expect(!isAllowed([], [.init(type: "websocket", isEnabled: false)], "websocket"))
  }

  @Test func aRouteStandsOverTheConnectionManager() {
    let off = UpgradeConfig(type: "raw", isEnabled: false)
    #expect(isAllowed([.init(type: "raw")], [off], "raw"))
    #expect(!isAllowed([off], [.init(type: "raw")], "raw"))
  }

  @Test func connectIsNoProtocolAndAProtocolIsNoConnect() {
    let connect = UpgradeConfig(type: "connect", terminatesConnect: true)
    #expect(!isAllowed([connect], [connect], "connect"))
    let none = UpgradePolicy([])
    #expect(UpgradePolicy([connect]).connect(else: none)?.terminatesConnect == true)
    #expect(none.connect(else: UpgradePolicy([.init(type: "connect")]))?.terminatesConnect == false)
    #expect(UpgradePolicy([.init(type: "raw")]).connect(else: none) == nil)
  }
}
