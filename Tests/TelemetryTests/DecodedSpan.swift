import CProtobufC
import CXDS

/// A span as a collector sees it: decoded by protobuf-c from the official message's fields.
struct DecodedSpan: Equatable {
  var name = ""
  var traceID = ""
  var spanID = ""
  var parentSpanID = ""
  var traceState = ""
  var kind: UInt32 = 0
  var start: UInt64 = 0
  var end: UInt64 = 0
  var flags: UInt32 = 0
  var statusCode: UInt32 = 0
  var statusMessage = ""
  /// Strings, and integers in decimal; an array of strings in brackets.
  var attributes: [String: String] = [:]
}

/// A decoded export.
struct DecodedExport {
  var resource: [String: String] = [:]
  var scopeName = ""
  var spans: [DecodedSpan] = []

  /// nil when the bytes are no `ExportTraceServiceRequest`.
  init?(_ body: [UInt8]) {
    typealias Request = Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest
    guard
      let request: UnsafeMutablePointer<Request> =
        opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
          nil, body.count, body)
    else { return nil }
    defer {
      opentelemetry__proto__collector__trace__v1__export_trace_service_request__free_unpacked(
        request, nil)
    }
    for index in 0..<request.pointee.n_resource_spans {
      guard let resourceSpans = request.pointee.resource_spans[index]?.pointee else { return nil }
      if let found = resourceSpans.resource?.pointee {
        resource = Self.attributes(found.n_attributes, found.attributes)
      }
      for scopeIndex in 0..<resourceSpans.n_scope_spans {
        guard let scope = resourceSpans.scope_spans[scopeIndex]?.pointee else { return nil }
        scopeName = String(cString: scope.scope.pointee.name)
        for spanIndex in 0..<scope.n_spans {
          guard let span = scope.spans[spanIndex]?.pointee else { return nil }
          spans.append(Self.span(span))
        }
      }
    }
  }

  private static func span(_ span: Opentelemetry__Proto__Trace__V1__Span) -> DecodedSpan {
    var result = DecodedSpan()
    result.name = String(cString: span.name)
    result.traceID = hex(span.trace_id)
    result.spanID = hex(span.span_id)
    result.parentSpanID = hex(span.parent_span_id)
    result.traceState = String(cString: span.trace_state)
    result.kind = span.kind.rawValue
    result.start = span.start_time_unix_nano
    result.end = span.end_time_unix_nano
    result.flags = span.flags
    if let status = span.status?.pointee {
      result.statusCode = status.code.rawValue
      result.statusMessage = String(cString: status.message)
    }
    result.attributes = attributes(span.n_attributes, span.attributes)
    return result
  }

  private static func hex(_ bytes: ProtobufCBinaryData) -> String {
    (0..<bytes.len).map { index in
      let byte = bytes.data[index]
      return (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private static func attributes(
    _ count: Int,
    _ list: UnsafeMutablePointer<UnsafeMutablePointer<Opentelemetry__Proto__Common__V1__KeyValue>?>?
  ) -> [String: String] {
    var result: [String: String] = [:]
    for index in 0..<count {
      guard let pair = list?[index]?.pointee else { continue }
      result[String(cString: pair.key)] = text(pair.value.pointee)
    }
    return result
  }

  private static func text(_ value: Opentelemetry__Proto__Common__V1__AnyValue) -> String {
    switch value.value_case {
    case OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_STRING_VALUE:
      return String(cString: value.string_value)
    case OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_INT_VALUE:
      return String(value.int_value)
    case OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_ARRAY_VALUE:
      let array = value.array_value.pointee
      let elements = (0..<array.n_values).map { index in
        array.values[index].map { text($0.pointee) } ?? "?"
      }
      return "[\(elements.joined(separator: ","))]"
    default: return "?"
    }
  }
}
