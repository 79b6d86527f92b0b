import HTTPModel

/// Writes down what became of exchanges: counters, spans and access log lines, in one place. One per
/// listener and worker; owning worker only.
public final class ExchangeReporter {
  public let stats: HTTPStats
  let spans: SpanBatch?
  let spawnsUpstreamSpan: Bool
  let accessLogs: [AccessLog]

  /// - Parameters:
  ///   - spans: where sampled exchanges go; nil: no tracing is configured.
  ///   - spawnsUpstreamSpan: a client span for each attempt as well.
  public init(
    stats: HTTPStats, spans: SpanBatch? = nil, spawnsUpstreamSpan: Bool = true,
    accessLogs: [AccessLog] = []
  ) {
    self.stats = stats
    self.spans = spans
    self.spawnsUpstreamSpan = spawnsUpstreamSpan
    self.accessLogs = accessLogs
  }

  /// Whether the attempt's span is one of its own, so that `traceparent` must name it rather than the
  /// exchange's.
  @inlinable public var tracesAttempts: Bool { reportsClientSpans }
  @usableFromInline var reportsClientSpans: Bool { spans != nil && spawnsUpstreamSpan }

  /// Reports the record's attempt. Call when an attempt ends, before the next begins and before
  /// `exchangeEnded`.
  public func attemptEnded(
    _ record: borrowing ExchangeRecord, request: RequestHead, cluster: ClusterStats
  ) {
    cluster.attemptEnded(record)
    if record.trace.isSampled, spawnsUpstreamSpan, let spans {
      spans.appendClientSpan(record, request: request, cluster: cluster)
    }
  }

  /// Reports the exchange. Call once, after the last byte.
  /// - Parameters:
  ///   - response: the head sent or received last; nil: there was none.
  ///   - cluster: the cluster it was routed to; nil: none. Asked for only where spans or lines are written.
  ///   - routeName: UTF-8; empty: no route matched or it has no name. Asked for as `cluster` is.
  ///   - security: of the client's connection; nil: plain text. Asked for only where lines are written.
  public func exchangeEnded(
    _ record: borrowing ExchangeRecord, request: RequestHead, response: ResponseHead?,
    cluster: @autoclosure () -> ClusterStats?, routeName: @autoclosure () -> [UInt8],
    security: @autoclosure () -> ConnectionSecurity? = nil
  ) {
    stats.requestEnded(record)
    let isTraced = record.trace.isSampled && spans != nil
    if !isTraced, accessLogs.isEmpty { return }
    let cluster = cluster()
    let routeName = routeName()
    if isTraced, let spans {
      spans.appendServerSpan(record, request: request, cluster: cluster, routeName: routeName)
    }
    if accessLogs.isEmpty { return }
    let security = security()
    for index in accessLogs.indices {
      accessLogs[index].append(
        record, request: request, response: response, cluster: cluster, routeName: routeName,
        security: security)
    }
  }
}

/// Writes down what became of proxied TCP connections. One per listener and worker; owning worker only.
public final class ConnectionReporter {
  public let stats: TCPStats
  let spans: SpanBatch?
  let accessLogs: [AccessLog]
  private let noRequest = RequestHead()

  public init(stats: TCPStats, spans: SpanBatch? = nil, accessLogs: [AccessLog] = []) {
    self.stats = stats
    self.spans = spans
    self.accessLogs = accessLogs
  }

  /// Reports the connection, whose record is of kind `tcp`. Call once, when both sides are closed.
  /// - Parameter security: what the client's TLS came to, or asks for; nil: plain text.
  public func connectionEnded(
    _ record: borrowing ExchangeRecord, cluster: ClusterStats?,
    security: ConnectionSecurity? = nil
  ) {
    stats.connectionEnded(record)
    if record.trace.isSampled, let spans { spans.appendConnectionSpan(record, cluster: cluster) }
    for index in accessLogs.indices {
      accessLogs[index].append(
        record, request: noRequest, response: nil, cluster: cluster, routeName: [],
        security: security)
    }
  }
}
