/// The message types that the proto3 JSON mapping writes in a form of their own.
enum WellKnownType: String {
  case any = "google.protobuf.Any"
  case duration = "google.protobuf.Duration"
  case timestamp = "google.protobuf.Timestamp"
  case structure = "google.protobuf.Struct"
  case value = "google.protobuf.Value"
  case listValue = "google.protobuf.ListValue"
  case boolValue = "google.protobuf.BoolValue"
  case int32Value = "google.protobuf.Int32Value"
  case int64Value = "google.protobuf.Int64Value"
  case uint32Value = "google.protobuf.UInt32Value"
  case uint64Value = "google.protobuf.UInt64Value"
  case floatValue = "google.protobuf.FloatValue"
  case doubleValue = "google.protobuf.DoubleValue"
  case stringValue = "google.protobuf.StringValue"
  case bytesValue = "google.protobuf.BytesValue"
}
