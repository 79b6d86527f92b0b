import Testing

@testable import Platform

@Suite("processor limits")
struct ProcessorLimitTests {
  private func quota(_ files: [String: String]) throws -> Int? {
    try onMachine(with: files) { cgroupProcessorQuota(under: $0) }
  }

  @Test func theProcessesOwnGroupCounts() throws {
    let found = try quota([
      "proc/self/cgroup": "0::/system.slice/martlet.service\n",
      "sys/fs/cgroup/system.slice/martlet.service/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/system.slice/cpu.max": "max 100000\n",
    ])
    #expect(found == 2)
  }

  @Test func theLeastOfItsAncestorsCounts() throws {
    let found = try quota([
      "proc/self/cgroup": "0::/kubepods/pod1/c\n",
      "sys/fs/cgroup/kubepods/pod1/c/cpu.max": "400000 100000\n",
      "sys/fs/cgroup/kubepods/pod1/cpu.max": "100000 100000\n",
      "sys/fs/cgroup/kubepods/cpu.max": "800000 100000\n",
    ])
    #expect(found == 1)
  }

  @Test func aContainersRootCounts() throws {
    let files = ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "300000 100000\n"]
    #expect(try quota(files) == 3)
    let outside = files.merging(["proc/self/cgroup": "0::/../other\n"]) { $1 }
    #expect(try quota(outside) == 3)
  }

  @Test func versionOneCounts() throws {
    let found = try quota([
      "proc/self/cgroup": "12:memory:/a\n4:cpu,cpuacct:/a/b\n0::/a\n",
      "sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "50000\n",
      "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
    ])
    #expect(found == 1)
  }

  @Test func withoutAQuotaThereIsNone() throws {
    #expect(try quota(["proc/self/cgroup": "0::/a\n"]) == nil)
    let unlimited = ["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"]
    #expect(try quota(unlimited) == nil)
    #expect(usableProcessorCount() >= 1)
  }
}
