import GRPC
import HTTPModel
import Telemetry

/// Why the proxy answers by itself, with what each reason means to the client and to the record.
enum LocalReply {
  case noRoute
  case noCluster(status: Int)
  case noRouteTable
  case noHealthyUpstream
  case overflow
  case connectFailure(StaticString)
  case upstreamGone
  /// Endpoints said again and again that they had not looked at the request.
  case upstreamRefused
  /// The connection ended within the response, before the client saw any of it.
  case upstreamCut
  /// The response broke HTTP.
  case upstreamFault(StaticString)
  /// The endpoint was accepted by rules that are no longer in force.
  case endpointDistrusted
  case routeTimeout
  /// The stream lasted as long as it may.
  case callTimeout(DurationLimit)
  case idleTimeout
  case requestTimeout
  case malformed(status: Int, StaticString)
  case slowHead
  /// The process has little memory left.
  case memoryShort
  case unsupported(status: Int, StaticString)
  /// The protocol that was asked for may not be had.
  case upgradeNotAllowed

  var status: Int {
    switch self {
    case .noRoute: 404
    case .noCluster(let status): status
    case .noRouteTable: 404
    case .noHealthyUpstream, .overflow, .connectFailure, .upstreamGone, .upstreamRefused,
      .endpointDistrusted,
      .memoryShort:
      503
    case .upgradeNotAllowed: 403
    case .upstreamCut, .upstreamFault: 502
    case .routeTimeout, .callTimeout: 504
    case .idleTimeout, .requestTimeout, .slowHead: 408
    case .malformed(let status, _): status
    case .unsupported(let status, _): status
    }
  }

  /// What a client of gRPC is told. Source: gRPC, HTTP to gRPC status code mapping; deadlines and sizes have
  /// a status of their own.
  var grpcStatus: GRPCStatus {
    switch self {
    case .routeTimeout, .callTimeout: .deadlineExceeded
    case .malformed(413, _), .malformed(431, _): .resourceExhausted
    case .noRoute, .noCluster, .noRouteTable, .noHealthyUpstream, .overflow, .connectFailure,
      .upstreamGone, .upstreamRefused, .upstreamCut, .upstreamFault, .endpointDistrusted,
      .idleTimeout,
      .requestTimeout, .malformed, .slowHead, .memoryShort, .unsupported, .upgradeNotAllowed:
      GRPCStatus(httpStatus: status)
    }
  }

  var flags: ResponseFlags {
    switch self {
    case .noRoute, .noRouteTable: .noRoute
    case .noCluster: .noCluster
    case .noHealthyUpstream: .noHealthyUpstream
    case .overflow: .upstreamOverflow
    case .connectFailure: .upstreamConnectionFailure
    case .upstreamGone, .upstreamRefused, .upstreamCut: .upstreamConnectionTermination
    case .upstreamFault: .upstreamProtocolError
    case .endpointDistrusted: .localReset
    case .routeTimeout, .callTimeout: .upstreamRequestTimeout
    case .idleTimeout: .streamIdleTimeout
    case .requestTimeout: .durationTimeout
    case .malformed, .slowHead: .downstreamProtocolError
    case .memoryShort: .overload
    case .unsupported: .downstreamProtocolError
    case .upgradeNotAllowed: []
    }
  }

  /// No further request is read: this one was not, or the client is not to be believed.
  var closesConnection: Bool {
    switch self {
    case .malformed, .slowHead, .memoryShort, .idleTimeout, .requestTimeout, .unsupported,
      .upgradeNotAllowed:
      true
    case .noRoute, .noCluster, .noRouteTable, .noHealthyUpstream, .overflow, .connectFailure,
      .upstreamGone, .upstreamRefused, .upstreamCut, .upstreamFault, .endpointDistrusted,
      .routeTimeout,
      .callTimeout:
      false
    }
  }

  /// A machine-readable word for the record and the log.
  var cause: StaticString {
    switch self {
    case .noRoute: "route_not_found"
    case .noRouteTable: "route_configuration_not_found"
    case .noCluster: "cluster_not_found"
    case .noHealthyUpstream: "no_healthy_upstream"
    case .overflow: "upstream_overflow"
    case .connectFailure(let cause): cause
    case .upstreamGone: "upstream_reset_before_response"
    case .upstreamRefused: "upstream_refused_stream"
    case .upstreamCut: "upstream_reset_in_response"
    case .upstreamFault(let cause): cause
    case .endpointDistrusted: "endpoint_trust_changed"
    case .routeTimeout: "upstream_response_timeout"
    case .callTimeout(let limit): limit.cause
    case .idleTimeout: "stream_idle_timeout"
    case .requestTimeout: "request_overall_timeout"
    case .malformed(_, let cause): cause
    case .slowHead: "request_header_timeout"
    case .memoryShort: "memory_limit"
    case .unsupported(_, let cause): cause
    case .upgradeNotAllowed: "upgrade_not_allowed"
    }
  }
}

/// What bounds how long a stream lasts, by the names of the fields that do.
enum DurationLimit {
  /// The route's, the connection manager's or the cluster's.
  case maxStreamDuration
  /// The route's, of calls that ask for more.
  case grpcTimeoutHeaderMax
  /// The route's, of all calls.
  case maxGRPCTimeout
  /// What the client asked for.
  case grpcTimeout

  var cause: StaticString {
    switch self {
    case .maxStreamDuration: "max_stream_duration_reached"
    case .grpcTimeoutHeaderMax: "grpc_timeout_header_max_reached"
    case .maxGRPCTimeout: "max_grpc_timeout_reached"
    case .grpcTimeout: "grpc_timeout_reached"
    }
  }
}

extension ResponseHead {
  /// Says in fields of its own why the proxy answered by itself.
  func addExplanation(_ reason: LocalReply) {
    addField(.other, name: "martlet-response-flags") { bytes.append(reason.flags) }
    addField(.other, name: "martlet-cause") { bytes.append(reason.cause) }
  }
}
