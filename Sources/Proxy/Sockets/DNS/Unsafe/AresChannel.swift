import CAres
import CPlatform
import Config
import Glibc
import Platform

/// A c-ares channel: names in, addresses out. Owning loop only.
@safe
final class AresChannel {
  // SAFETY: made in init, destroyed in deinit, never leaves this file. c-ares holds `sockets`, which
  // this object keeps alive, and each query, which is retained until c-ares has answered it.
  private var channel: ares_channel?
  let sockets: DNSSocketTable

  init(_ config: ResolverConfig, sockets: DNSSocketTable) throws(SystemFault) {
    self.sockets = sockets
    // SAFETY: the options are copied within the call.
    var options = unsafe ares_options()
    unsafe options.timeout = Int32(clamping: config.timeout.wholeMilliseconds)
    unsafe options.tries = Int32(clamping: config.tries)
    unsafe options.sock_state_cb = onInterest
    unsafe options.sock_state_cb_data = Unmanaged.passUnretained(sockets).toOpaque()
    let mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB
    var status = unsafe ares_init_options(&channel, &options, mask)
    if status == ARES_SUCCESS, !config.servers.isEmpty {
      let list = config.servers.map(\.description).joined(separator: ",")
      status = unsafe ares_set_servers_ports_csv(channel, list)
    }
    guard status == ARES_SUCCESS else {
      throw SystemFault("ares_init_options", code: status == ARES_ENOMEM ? ENOMEM : EINVAL)
    }
  }

  // SAFETY: every query still out is answered within the call, and nothing is called later.
  deinit { if let channel = unsafe channel { unsafe ares_destroy(channel) } }

  /// Starts a query, which may be answered within the call.
  func lookUp(_ query: DNSQuery) {
    // SAFETY: the hints are read within the call; onAnswer takes the query's retain, exactly once.
    var hints = ares_addrinfo_hints()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_family =
      switch query.lookup {
      case .ipv4Only: AF_INET
      case .ipv6Only: AF_INET6
      case .auto, .ipv4Preferred, .all: AF_UNSPEC
      }
    unsafe ares_getaddrinfo(
      channel, query.host, nil, &hints, onAnswer, Unmanaged.passRetained(query).toOpaque())
  }

  /// Reads and writes what the descriptor allows.
  func process(_ fd: Int32, canRead: Bool, canWrite: Bool) {
    // SAFETY: the channel lives.
    unsafe ares_process_fd(
      channel, canRead ? fd : ARES_SOCKET_BAD, canWrite ? fd : ARES_SOCKET_BAD)
  }

  /// Asks again, or gives up, where the time has come.
  func processTimeouts() { process(ARES_SOCKET_BAD, canRead: false, canWrite: false) }

  /// When `processTimeouts` is to be called; nil while nothing is asked.
  var nextTimeout: Duration? {
    var left = timeval()
    // SAFETY: c-ares fills a local and answers with its address, or with nil.
    guard unsafe ares_timeout(channel, nil, &left) != nil else { return nil }
    return .seconds(left.tv_sec) + .microseconds(left.tv_usec)
  }
}

private func text(_ status: Int32) -> String {
  // SAFETY: ares_strerror answers with a static C string.
  unsafe String(cString: ares_strerror(status))
}

/// c-ares wants a descriptor watched.
private func onInterest(
  _ data: UnsafeMutableRawPointer?, _ fd: ares_socket_t, _ canRead: Int32, _ canWrite: Int32
) {
  // SAFETY: the table lives as long as the channel that calls.
  let table = unsafe Unmanaged<DNSSocketTable>.fromOpaque(data!).takeUnretainedValue()
  table.watch(fd, canRead: canRead != 0, canWrite: canWrite != 0)
}

/// A query is answered, exactly once.
private func onAnswer(
  _ data: UnsafeMutableRawPointer?, _ status: Int32, _ timeouts: Int32,
  _ answer: UnsafeMutablePointer<ares_addrinfo>?
) {
  // SAFETY: takes over the retain of lookUp; the answer is ours to read and to free.
  let query = unsafe Unmanaged<DNSQuery>.fromOpaque(data!).takeRetainedValue()
  guard status == ARES_SUCCESS, let answer = unsafe answer else {
    return query.onFailed(cause(status), text(status))
  }
  let addresses = unsafe addresses(answer)
  unsafe ares_freeaddrinfo(answer)
  query.onFound(addresses)
}

private func cause(_ status: Int32) -> DNSFailure.Cause {
  switch status {
  case ARES_ENOTFOUND: .notFound
  case ARES_ENODATA: .noAddress
  case ARES_ETIMEOUT: .timeout
  default: .other
  }
}

/// The answer's addresses; each holds no longer than the aliases that led to it.
private func addresses(_ answer: UnsafeMutablePointer<ares_addrinfo>) -> [ResolvedAddress] {
  var addresses: [ResolvedAddress] = []
  var aliasTTL = Int32.max
  // SAFETY: both lists are c-ares's own, ended by nil, and live until they are freed.
  var alias = unsafe answer.pointee.cnames
  while let one = unsafe alias?.pointee {
    aliasTTL = unsafe min(aliasTTL, one.ttl)
    unsafe alias = one.next
  }
  var node = unsafe answer.pointee.nodes
  while let one = unsafe node?.pointee {
    var storage = sockaddr_storage()
    let count = unsafe min(Int(one.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
    unsafe memcpy(&storage, one.ai_addr, count)
    if let address = SocketAddress(storage) {
      let ttl = unsafe max(0, min(one.ai_ttl, aliasTTL))
      addresses.append(
        ResolvedAddress(address: address.with(port: 0), ttlSeconds: UInt32(ttl)))
    }
    unsafe node = one.ai_next
  }
  return addresses
}
