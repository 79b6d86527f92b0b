/// HTTP/1 on one side of the proxy. Source: `envoy.config.core.v3.Http1ProtocolOptions`.
public struct HTTP1OptionsConfig: Equatable, Sendable {
  /// How the names of fields are written. Source: `header_key_format`.
  public enum NameForm: Equatable, Sendable {
    /// As they were received; those that the proxy writes by itself in lower case.
    case received
    /// `proper_case_words`: the first letter, and each behind what is no letter or digit, in upper case,
    /// the others in lower case.
    case properCase
    /// The `preserve_case` formatter: as they were received, those too that the proxy writes anew.
    case preserved
  }

  public var nameForm = NameForm.received

  public init() {}
}
