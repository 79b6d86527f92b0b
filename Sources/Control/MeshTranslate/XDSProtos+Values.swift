import SwiftProtobuf
import XDSProtos

extension Envoy_Config_Core_V3_Address {
  static func tcp(_ host: String, port: UInt16) -> Self {
    var address = Self()
    address.socketAddress.address = host
    address.socketAddress.portValue = UInt32(port)
    return address
  }
}

extension Envoy_Config_Core_V3_ConfigSource {
  /// The stream the proxy already has.
  static var overADS: Self {
    var source = Self()
    source.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
    source.resourceApiVersion = .v3
    return source
  }
}

extension Google_Protobuf_Duration {
  static func seconds(_ seconds: Int64) -> Self {
    Self(seconds: seconds, nanos: 0)
  }
}
