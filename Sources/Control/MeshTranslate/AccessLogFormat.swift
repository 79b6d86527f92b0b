import SwiftProtobuf
import XDSProtos

/// The access log every proxy writes when it is switched on: one JSON object a line.
enum AccessLogFormat {
  static var log: Envoy_Config_Accesslog_V3_AccessLog {
    var stdout = Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog()
    stdout.logFormat.jsonFormat = Google_Protobuf_Struct(
      fields: operators.mapValues { Google_Protobuf_Value(stringValue: $0) })
    var log = Envoy_Config_Accesslog_V3_AccessLog()
    log.name = "envoy.access_loggers.stdout"
    log.typedConfig = EncodedResource.pack(stdout)
    return log
  }

  private static let operators = [
    "start_time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "authority": "%REQ(:AUTHORITY)%",
    "path": "%REQ(:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "upstream_host": "%UPSTREAM_HOST%",
    "traceparent": "%REQ(TRACEPARENT)%",
  ]
}
