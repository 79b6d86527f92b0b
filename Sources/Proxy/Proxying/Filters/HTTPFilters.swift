import GRPC
import HTTPModel
import Memory
import Telemetry

/// The HTTP filters of one exchange, each with what it keeps of the request. A request passes them in the
/// order in which they stand here, its response in the opposite one. They change what passes and say what is
/// wrong with it; what becomes of that is the exchange's to do. Reused with it; owning worker only.
final class HTTPFilters {
  /// None has to do with the request, and none is asked.
  private(set) var isEmpty = true
  private(set) var grpcWeb: GRPCWebFilter?
  private var grpcStats = GRPCStatsFilter()
  private let buffers: BufferPool

  init(buffers: BufferPool) { self.buffers = buffers }

  /// Lets go of everything that is not reused.
  func end() {
    isEmpty = true
    grpcWeb = nil
    grpcStats = GRPCStatsFilter()
  }

  // MARK: request

  /// A call of gRPC goes to a cluster.
  func onCall(
    _ head: RequestHead, of client: GRPCClient, to cluster: ClusterRuntime,
    _ rules: ConnectionManagerRules
  ) {
    if client.isWeb { grpcWeb = GRPCWebFilter(client, head) }
    if let rules = rules.grpcStats {
      grpcStats = GRPCStatsFilter(
        cluster.grpcCalls.stats(of: head.text(head.path), rules),
        measuresTime: rules.config.measuresTime)
    }
    isEmpty = grpcWeb == nil && grpcStats.isEmpty
  }

  /// - Parameter pass: takes what the bytes become; not called: nothing, so far.
  func onRequestBody(_ bytes: Span<UInt8>, pass: (Span<UInt8>) -> Void) {
    guard let grpcWeb, grpcWeb.translatesRequest else {
      grpcStats.onRequestBody(bytes)
      return pass(bytes)
    }
    let translated = buffers.acquire()
    grpcWeb.onRequestBody(bytes, into: translated)
    grpcStats.onRequestBody(translated.readable)
    pass(translated.readable)
    buffers.release(translated)
  }

  func onRequestEnd() { grpcWeb?.onRequestEnd() }

  /// Why the request is to be refused; nil: it is not, so far.
  var requestFault: StaticString? { grpcWeb?.requestFault }

  // MARK: response

  func onResponseHead(_ head: ResponseHead, to request: RequestHead) {
    grpcStats.onResponseHead(head)
    grpcWeb?.onResponseHead(head, to: request)
  }

  /// Bytes of body that may be given where there is room for so many.
  func responseRoom(_ room: Int) -> Int { grpcWeb?.responseRoom(room) ?? room }

  /// - Parameter pass: takes what the bytes become; not called: nothing, so far.
  func onResponseBody(_ bytes: Span<UInt8>, pass: (Span<UInt8>) -> Void) {
    grpcStats.onResponseBody(bytes)
    guard let grpcWeb else { return pass(bytes) }
    grpcWeb.onResponseBody(bytes, buffers, pass: pass)
  }

  /// - Parameter pass: takes what the body ends with.
  /// - Returns: the trailers that follow it.
  func onResponseEnd(
    _ trailers: Trailers?, of head: ResponseHead, pass: (Span<UInt8>) -> Void
  ) -> Trailers? {
    grpcStats.onResponseEnd(trailers)
    guard let status = grpcWeb?.onResponseEnd(trailers, of: head, buffers, pass: pass) else {
      return trailers
    }
    grpcStats.status = status
    return nil
  }

  // MARK: endings

  /// The proxy itself answers with that status.
  func onReply(_ status: GRPCStatus) { grpcStats.status = status }

  /// The exchange is over.
  func onEnd(_ attempt: borrowing AttemptRecord) { grpcStats.onEnd(attempt) }
}
