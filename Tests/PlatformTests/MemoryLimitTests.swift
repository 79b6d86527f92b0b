import Testing

@testable import Platform

@Suite("memory limits")
struct MemoryLimitTests {
  private func limit(_ files: [String: String]) throws -> Int? {
    try onMachine(with: files) { cgroupMemoryLimit(under: $0) }
  }

  @Test func theLeastOfTheGroupAndItsAncestorsCounts() throws {
    let found = try limit([
      "proc/self/cgroup": "0::/pod/c\n",
      "sys/fs/cgroup/pod/c/memory.max": "max\n",
      "sys/fs/cgroup/pod/memory.max": "67108864\n",
    ])
    #expect(found == 67_108_864)
  }

  @Test func versionOneWritesNoLimitAsANumberBeyondAllMemory() throws {
    let files = [
      "proc/self/cgroup": "3:cpu,cpuacct:/a\n5:memory:/a\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ]
    #expect(try limit(files) == nil)
    let own = ["sys/fs/cgroup/memory/a/memory.limit_in_bytes": "33554432\n"]
    #expect(try limit(files.merging(own) { $1 }) == 33_554_432)
  }

  @Test func withoutCgroupsThereIsNoLimit() throws {
    #expect(try limit(["proc/self/cgroup": ""]) == nil)
  }
}
