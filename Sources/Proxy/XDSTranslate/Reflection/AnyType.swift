/// The type inside a `google.protobuf.Any`.
enum AnyType {
  static let prefix = "type.googleapis.com/"

  /// `envoy.config.cluster.v3.Cluster` of `type.googleapis.com/envoy.config.cluster.v3.Cluster`.
  static func name(of url: String) -> String {
    String(url.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
  }

  /// nil: the type is not compiled in.
  static func descriptor(for url: String) -> MessageDescriptor? {
    Schema.shared.message(named: name(of: url))
  }
}
