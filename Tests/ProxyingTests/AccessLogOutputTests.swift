import Config
import Glibc
import Platform
import Reactor
import Telemetry
import Testing

@testable import Proxying

@Suite struct AccessLogOutputTests {
  /// A line is half written to a pipe when the path comes to lead to a full disk.
  @Test func isIdleAgainAfterAFaultWithinALine() throws {
    let path = "/tmp/access-log-output-\(getpid())"
    unlink(path)
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let stats = TelemetryStats(name: "telemetry")
    let output = AccessLogOutput(
      .file(path: path), on: try EventLoop(), stats: stats, log: { _, _ in })
    var idle = 0
    output.onIdle = { idle += 1 }
    output.write([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 17) + Array("\nnext\n".utf8))
    #expect(!output.isIdle && idle == 0)

    unlink(path)
    try #require(symlink("/dev/full", path) == 0)
    output.reopen()
    #expect(output.isIdle && idle == 1)
    // The rest of the line that was begun is kept for the lines to come.
    #expect(stats.accessLogDropped.value == 1)
  }
}
