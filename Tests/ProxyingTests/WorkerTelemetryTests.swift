import Config
import Platform
import Reactor
import Telemetry
import Testing

@testable import Proxying

@Suite("WorkerTelemetry")
struct WorkerTelemetryTests {
  private static let maxBytes = 1 << 20

  /// A worker's telemetry, and a control loop that takes what comes when it is told to.
  private final class Bench {
    let loop: EventLoop
    let stats = TelemetryStats(name: "")
    let telemetry: WorkerTelemetry
    let reporter: ConnectionReporter
    private(set) var lineBytes = 0
    private(set) var lineCount = 0
    private(set) var logs: [String] = []
    private var receiver: MailboxReceiver<ControlMessage>?

    init() throws {
      loop = try EventLoop()
      let control = try Mailbox<ControlMessage>(maxBytes: maxBytes)
      telemetry = WorkerTelemetry(
        WorkerStart(
          index: 0, descriptorLimit: 100, mailbox: try Mailbox(), control: control, stats: stats,
          node: NodeConfig(id: "n", cluster: "c"), version: "0"))
      let text = try FormatString(parsing: String(repeating: "x", count: 4096), in: .accessLog)
      let log = AccessLogConfig(sink: .standardOutput, jsonFields: [.init(key: "k", format: text)])
      reporter = telemetry.reporter(
        for: TCPProxyConfig(statPrefix: "t", clusters: [], accessLogs: [log]), TCPStats(name: "t"))
      receiver = try MailboxReceiver(control, on: loop) { [unowned self] in take($0) }
    }

    private func take(_ message: ControlMessage) {
      switch message {
      case .accessLog(_, let lines):
        lineBytes += lines.count
        lineCount += lines.count { $0 == 0x0A }
      case .log(_, let text): logs.append(text)
      default: Issue.record("unexpected message")
      }
    }

    /// Connections end, and what has become much is handed over after each.
    func report(_ count: Int) {
      for _ in 0..<count {
        let record = ExchangeRecord(
          .tcp, startWall: .init(nanoseconds: 0), start: .init(nanoseconds: 0),
          downstreamRemote: .loopback(port: 1), downstreamLocal: .loopback(port: 2))
        reporter.connectionEnded(record, cluster: nil)
        telemetry.handOverDue()
      }
    }
  }

  @Test func handsOverWhatHasBecomeMuch() throws {
    let bench = try Bench()
    bench.report(100)
    bench.loop.turn(maxWait: 0)
    #expect(bench.lineCount > 0)
    #expect(bench.stats.accessLogDropped.value == 0)
  }

  /// The control loop takes nothing for long: no more than the bound waits for it, the rest is counted.
  @Test func aBusyControlLoopBoundsWhatWaits() throws {
    let bench = try Bench()
    bench.report(5000)
    bench.telemetry.handOver()
    bench.loop.turn(maxWait: 0)
    #expect(bench.lineBytes <= Self.maxBytes + 256 * 1024)
    #expect(bench.lineBytes > Self.maxBytes / 2)
    #expect(bench.stats.accessLogDropped.value > 0)
    #expect(bench.logs.isEmpty)
  }

  @Test func tellsOnceWhatWasLost() throws {
    let bench = try Bench()
    bench.report(5000)
    bench.loop.turn(maxWait: 0)
    for _ in 0..<3 { bench.telemetry.handOver() }
    bench.loop.turn(maxWait: 0)
    let lost = bench.stats.accessLogDropped.value
    #expect(UInt64(bench.lineCount) + lost == 5000)
    #expect(bench.logs.count == 1)
    #expect(bench.logs.first?.hasPrefix("0 spans and \(lost) access log lines lost") == true)
  }

  @Test func atTheEndEverythingIsHandedOver() throws {
    let bench = try Bench()
    bench.report(5000)
    bench.telemetry.handOverLast()
    bench.loop.turn(maxWait: 0)
    #expect(UInt64(bench.lineCount) + bench.stats.accessLogDropped.value == 5000)
  }
}
