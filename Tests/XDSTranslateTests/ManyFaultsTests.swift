import Glibc
import Testing

@testable import XDSTranslate

/// A file that is wrong everywhere is told of within a time that grows as the file does.
@Suite("Many faults", .serialized)
struct ManyFaultsTests {
  /// Processor time of this thread, so that a loaded machine makes no difference.
  private func milliseconds(_ work: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }
    let start = now()
    work()
    return now() - start
  }

  private func clusters(_ count: Int, _ fields: String) -> [UInt8] {
    let lines = (0..<count).map { "    - { name: c\($0), \(fields) }\n" }
    return Array(("static_resources:\n  clusters:\n" + lines.joined()).utf8)
  }

  private func rejections(_ file: [UInt8]) -> Int {
    loadBootstrap(yaml: file, fileName: "f").1.count { $0.standing == .rejected }
  }

  /// 32 times the file takes 32 times as long, and hundreds of times if each fault is compared with each.
  @Test(arguments: ["nope: 1", "type: BAD", "lb_policy: BEST", "connect_timeout: 5"])
  func takeTimeInProportion(_ fields: String) {
    let (few, many) = (clusters(100, fields), clusters(3200, fields))
    #expect(rejections(few) >= 100)
    let short = (0..<5).map { _ in milliseconds { _ = rejections(few) } }.min()!
    let long = milliseconds { _ = rejections(many) }
    #expect(long < 80 * short)
  }

  @Test func theNearestNameIsLookedForOnlySoOften() {
    let all = Set((0..<200).map { "cluster-\($0)" })
    let names = KnownNames(all, mostComparisons: 1000)
    let found = (0..<10).map { names.nearest(to: "kluster-\($0)") }
    #expect(found.first == "cluster-0")
    #expect(found.count { $0 != nil } == 5)
  }
}
