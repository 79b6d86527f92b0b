import Platform
import Reactor
import Sockets

/// What the admin listener answers with; filled in by the process that owns it.
public protocol AdminSource: AnyObject {
  /// The proxy serves: nil; else why it does not yet, or no longer.
  func reasonNotReady() -> String?
  /// Every statistic as `name: value` lines; `usedOnly` leaves out what was never touched.
  func statsText(usedOnly: Bool, filter: String?) -> [UInt8]
  /// The same as Envoy's JSON: `{"stats": [{"name": ..., "value": ...}, ...]}`.
  func statsJSON(usedOnly: Bool, filter: String?) -> [UInt8]
  /// The Prometheus text format, or OpenMetrics.
  func metrics(openMetrics: Bool, usedOnly: Bool) -> (contentType: String, body: [UInt8])
  /// Everything the proxy runs on, as JSON.
  func configDump() -> [UInt8]
  /// Clusters with their endpoints and what happened there, once the workers have said it.
  func clusters(asJSON: Bool, _ reply: @escaping ([UInt8]) -> Void)
  /// Listeners and their addresses, a line each.
  func listenersText() -> [UInt8]
  /// The certificates in use, as JSON.
  func certificates() -> [UInt8]
  /// Begins to drain.
  func beginDrain()
}

/// The operator's HTTP listener (`Bootstrap.admin`). Control loop only.
public final class AdminServer {
  /// One more takes the place of the one that is idle for longest.
  private static let maxConnections = 64
  /// Where it listens; port 0 was replaced by the one it got.
  public let address: SocketAddress
  private let source: AdminSource
  private var socket: ListeningSocket?
  private var connections: [ObjectIdentifier: AdminConnection] = [:]

  /// Begins to listen.
  public init(on address: SocketAddress, loop: EventLoop, source: AdminSource) throws(SystemFault) {
    self.source = source
    try refuseTakenPort(address)
    let fd = try startListening(on: address, backlog: 64)
    self.address = localAddress(of: fd) ?? address
    socket = try ListeningSocket(
      taking: fd, on: loop,
      onAccept: { [unowned self, unowned loop] fd, _ in accept(fd, loop) }, onRefused: { _ in })
  }

  private func accept(_ fd: Int32, _ loop: EventLoop) {
    if connections.count >= Self.maxConnections {
      connections.values.min { $0.idleSince < $1.idleSince }?.shut()
    }
    let connection = AdminConnection(taking: fd, on: loop, source: source) { [unowned self] in
      connections[ObjectIdentifier($0)] = nil
    }
    connections[ObjectIdentifier(connection)] = connection
    do throws(SystemFault) { try connection.open() } catch { connection.shut() }
  }
}
