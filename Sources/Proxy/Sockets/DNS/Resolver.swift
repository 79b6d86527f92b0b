import Config
import Platform
import Reactor

/// Looks names up over DNS and in the hosts file, without blocking. Owning loop only.
public final class Resolver: EventHandler {
  public typealias Completion = (Result<[ResolvedAddress], DNSFailure>) -> Void

  private struct Finished {
    let query: DNSQuery
    let result: Result<[ResolvedAddress], DNSFailure>
  }

  private unowned let loop: EventLoop
  private let channel: AresChannel
  private var timer: TimerHandle?
  private var finished: [Finished] = []

  // MARK: lifecycle

  public init(on loop: EventLoop, asking config: ResolverConfig) throws(SystemFault) {
    self.loop = loop
    channel = try AresChannel(config, sockets: DNSSocketTable(on: loop))
    super.init()
    channel.sockets.resolver = self
  }

  /// Gives the addresses of `host`, a name or an address in text form; never before this returns.
  public func resolve(
    _ host: String, lookup: DNSDiscovery.Lookup, completion: @escaping Completion
  ) {
    let query = DNSQuery(host, lookup, for: self, completion)
    if let address = SocketAddress(host, port: 0) {
      return query.onFound([ResolvedAddress(address: address, ttlSeconds: 0)])
    }
    channel.lookUp(query)
    armTimer()
  }

  // MARK: progress

  func onSocketReady(_ fd: Int32, _ readiness: Readiness) {
    let isBroken = !readiness.isDisjoint(with: [.failed, .hungUp])
    channel.process(
      fd, canRead: isBroken || readiness.contains(.readable),
      canWrite: isBroken || readiness.contains(.writable))
    armTimer()
  }

  public override func onTimer(_ kind: TimerKind) {
    timer = nil
    channel.processTimeouts()
    armTimer()
  }

  private func armTimer() {
    if let timer { loop.disarm(timer) }
    timer = channel.nextTimeout.map {
      loop.arm(self, TimerKind(0), at: MonotonicInstant.now().advanced(by: $0))
    }
  }

  // MARK: results

  func onFinished(_ query: DNSQuery, _ result: Result<[ResolvedAddress], DNSFailure>) {
    if finished.isEmpty { loop.runSoon(self) }
    finished.append(Finished(query: query, result: result))
  }

  public override func onTurn() {
    let results = finished
    finished = []
    for one in results { one.query.completion(one.result) }
  }
}

/// One name being looked up.
final class DNSQuery {
  let host: String
  let lookup: DNSDiscovery.Lookup
  let completion: Resolver.Completion
  private weak var resolver: Resolver?

  init(
    _ host: String, _ lookup: DNSDiscovery.Lookup, for resolver: Resolver,
    _ completion: @escaping Resolver.Completion
  ) {
    self.host = host
    self.lookup = lookup
    self.resolver = resolver
    self.completion = completion
  }

  func onFound(_ addresses: [ResolvedAddress]) {
    let selected = lookup.select(from: addresses)
    resolver?.onFinished(
      self,
      selected.isEmpty
        ? .failure(DNSFailure(host: host, cause: .noAddress, text: "no address of its family"))
        : .success(selected))
  }

  func onFailed(_ cause: DNSFailure.Cause, _ text: String) {
    resolver?.onFinished(self, .failure(DNSFailure(host: host, cause: cause, text: text)))
  }
}
