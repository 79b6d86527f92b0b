import Memory
import Platform

extension SpanBatch {
  /// A proxied TCP connection, from accept to close: a trace of its own. Addresses are the downstream
  /// connection's, as the semantic conventions have it for servers; `upstream_address` is the endpoint.
  func appendConnectionSpan(_ record: borrowing ExchangeRecord, cluster: ClusterStats?) {
    guard let mark = beginSpan() else { return }
    append(
      SpanIdentity(
        trace: record.trace, spanID: record.trace.spanID, parentSpanID: 0, parentIsRemote: false,
        kind: .server, startUnixNanoseconds: record.startWall.nanoseconds,
        endUnixNanoseconds: record.wallNanoseconds(record.end)))
    bytes.append(field: 5, text: "TCP")
    bytes.append(attribute: "network.transport", "tcp")
    append("network.peer.address", host: record.downstreamRemote)
    bytes.append(attribute: "network.peer.port", Int(record.downstreamRemote.port))
    append("network.local.address", host: record.downstreamLocal)
    bytes.append(attribute: "network.local.port", Int(record.downstreamLocal.port))
    if let endpoint = record.attempt.endpoint {
      scratch.clear()
      scratch.append(endpoint)
      appendScratch("upstream_address")
    }
    bytes.append(attribute: "bytes_received", Int(clamping: record.requestBodyBytes))
    bytes.append(attribute: "bytes_sent", Int(clamping: record.responseBodyBytes))
    appendRoute(record.flags, cluster: cluster, routeName: [])
    bytes.append(tags)
    if !record.flags.isEmpty {
      scratch.clear()
      scratch.append(record.flags)
      appendScratch("error.type")
      appendErrorStatus(record.cause)
    }
    bytes.endMessage(mark)
  }
}
