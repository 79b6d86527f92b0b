import GRPC
import Glibc
import HTTP2
import HTTPModel
import Memory
import Platform
import Reactor
import Sockets

/// Who hears what becomes of a connection. Called on the loop's thread.
protocol DiscoveryConnectionDelegate: AnyObject {
  /// The stream is open: requests may be sent.
  func onStreamOpened()
  /// One whole gRPC message.
  func onMessage(_ message: [UInt8])
  /// The connection is closed; nothing follows.
  func onEnded(_ reason: String)
}

/// One connection to a control plane with its one gRPC stream, in the clear with prior knowledge of
/// HTTP/2. It is used up when it ends. Source: gRPC over HTTP2, RFC 9113.
final class DiscoveryConnection: StreamSocket {
  private enum Phase {
    /// The TCP connection is under way.
    case connecting
    /// The peer has not shown yet that it speaks HTTP/2.
    case greeting
    case open
    case ended
  }

  private static let path =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
  private static let connectTimer = TimerKind(0)
  private static let pingTimer = TimerKind(1)
  private static let pingAnswerTimer = TimerKind(2)
  private static let readsPerTurn = 64
  private static let bufferBytes = 64 << 10
  private static let windowBytes: Int32 = 1 << 20

  private weak var delegate: (any DiscoveryConnectionDelegate)?
  private let settings: ADSSettings
  private let authority: String
  private let stream = DiscoveryStream()
  private let session: HTTP2Session
  private var phase = Phase.connecting
  private var decoder: GRPCMessageDecoder
  private var timer: TimerHandle?
  private let inbound = ByteBuffer(capacity: bufferBytes)
  private let outbound = ByteBuffer(capacity: bufferBytes)

  // MARK: lifecycle

  init(
    to address: SocketAddress, authority: String, settings: ADSSettings, on loop: EventLoop,
    delegate: any DiscoveryConnectionDelegate
  ) throws(DiscoveryConnectionFault) {
    self.delegate = delegate
    self.settings = settings
    self.authority = authority
    decoder = GRPCMessageDecoder(maxMessageBytes: settings.maxMessageBytes)
    do throws(HTTP2ConnectionFault) {
      session = try HTTP2Session(
        server: false, settings: Self.settings, now: loop.now, delegate: stream)
    } catch { throw DiscoveryConnectionFault(description: error.description) }
    do throws(SystemFault) {
      super.init(taking: try startConnecting(to: address), on: loop)
      try open()
    } catch {
      throw DiscoveryConnectionFault(description: error.description)
    }
    arm(Self.connectTimer, after: settings.connectTimeout)
  }

  private static var settings: HTTP2Settings {
    var settings = HTTP2Settings()
    settings.streamWindowBytes = windowBytes
    settings.connectionWindowBytes = windowBytes
    return settings
  }

  /// Closes without telling the delegate.
  func abandon() {
    phase = .ended
    loop.disarm(&timer)
    close()
  }

  private func end(_ reason: String) {
    guard phase != .ended else { return }
    abandon()
    delegate?.onEnded(reason)
  }

  // MARK: outbound

  /// Sends one message on the stream.
  func send(_ message: [UInt8]) {
    guard phase == .open else { return }
    stream.body.append(GRPCMessageDecoder.encode(message))
    session.resume(stream)
    flush()
  }

  private func flush() {
    while phase != .ended, phase != .connecting {
      do throws(HTTP2ConnectionFault) {
        _ = try session.produce(into: outbound, now: loop.now)
      } catch {
        return end("HTTP/2: \(error)")
      }
      if outbound.isEmpty { return }
      switch send(from: outbound) {
      case .moved(let n): outbound.consume(n)
      case .wouldBlock: return
      case .endOfStream: return end("the connection is closed")
      case .failed(let code): return end(failure(code, while: "writing"))
      }
    }
  }

  /// A broken protocol leaves the connection standing until somebody closes it.
  private func endIfOver() {
    guard phase != .ended, outbound.isEmpty, session.isOver else { return }
    let complaint = session.complaint
    end("HTTP/2: \(complaint.isEmpty ? "the peer broke the protocol" : complaint)")
  }

  // MARK: inbound

  override func onSocketReady() {
    if phase == .connecting {
      guard canWrite else { return }
      let code = connectOutcome()
      if code != 0 { return end("connecting: \(errnoText(code))") }
      phase = .greeting
    }
    readSome()
    flush()
    endIfOver()
  }

  override func onTurn() { onSocketReady() }

  private func readSome() {
    for _ in 0..<Self.readsPerTurn {
      guard phase != .ended, canRead else { return }
      switch receive(into: inbound) {
      case .moved: take()
      case .wouldBlock: return
      case .endOfStream: return end(closingReason)
      case .failed(let code): return end(failure(code, while: "reading"))
      }
    }
    loop.runSoon(self)
  }

  /// A peer that closes before it has read our greeting is heard as a reset, or not at all.
  private func failure(_ code: Int32, while doing: String) -> String {
    phase == .greeting && (code == ECONNRESET || code == EPIPE)
      ? closingReason : "\(doing): \(errnoText(code))"
  }

  private var closingReason: String {
    let cut = decoder.isMidMessage ? " in the middle of a message" : ""
    return phase == .greeting
      ? "closed before it spoke HTTP/2" : "the control plane closed the connection\(cut)"
  }

  private func take() {
    do throws(HTTP2ConnectionFault) {
      while !inbound.isEmpty { try session.receive(inbound, now: loop.now) }
    } catch {
      return end("HTTP/2: \(error)")
    }
    session.consume(stream.unconsumedBytes, of: stream)
    for event in stream.takeEvents() where phase != .ended { on(event) }
  }

  private func on(_ event: DiscoveryEvent) {
    switch event {
    case .settings: if phase == .greeting { openStream() }
    case .fault(let fault): end(fault)
    case .body(let bytes): onBody(bytes)
    // The peer need not close the stream besides, as our half is still open (RFC 9113 section 8.1).
    case .ended: end(stream.answer.reason(.noError, isMidMessage: decoder.isMidMessage))
    case .closed(let code):
      end(stream.answer.reason(code, isMidMessage: decoder.isMidMessage))
    case .goAway(let code, let debug):
      let text = debug.isEmpty ? "" : ": \(debug)"
      end("the control plane goes away (GOAWAY, error code \(code.rawValue))\(text)")
    case .pingAcknowledged: arm(Self.pingTimer, after: settings.keepAliveInterval)
    }
  }

  private func openStream() {
    let head = RequestHead()
    head.begin(.post, "POST", target: Self.path, authority: authority)
    head.framing = .chunked
    head.acceptsTrailers = true
    head.add(.contentType, "application/grpc")
    head.add(.userAgent, "martlet")
    head.add("grpc-accept-encoding", "identity")
    do throws(HTTP2ConnectionFault) {
      try session.send(head, scheme: "http", body: stream.body, on: stream)
    } catch {
      return end("HTTP/2: \(error)")
    }
    phase = .open
    arm(Self.pingTimer, after: settings.keepAliveInterval)
    delegate?.onStreamOpened()
  }

  private func onBody(_ bytes: [UInt8]) {
    let messages: [[UInt8]]
    do throws(GRPCFault) { messages = try decoder.decode(bytes) } catch {
      return end("gRPC: \(error)")
    }
    for message in messages where phase != .ended { delegate?.onMessage(message) }
  }

  // MARK: timers

  override func onTimer(_ kind: TimerKind) {
    timer = nil
    switch kind {
    case Self.connectTimer:
      let what = phase == .connecting ? "no connection" : "no HTTP/2 settings"
      end("\(what) within \(settings.connectTimeout)")
    case Self.pingTimer:
      session.ping()
      arm(Self.pingAnswerTimer, after: settings.keepAliveTimeout)
      flush()
    default: end("no answer to a PING within \(settings.keepAliveTimeout)")
    }
  }

  private func arm(_ kind: TimerKind, after delay: Duration) {
    loop.disarm(&timer)
    timer = loop.arm(self, kind, at: MonotonicInstant.now().advanced(by: delay))
  }
}

/// Why there is no connection to begin with.
struct DiscoveryConnectionFault: Error, CustomStringConvertible {
  let description: String
}
