/// The version of Martlet, as it is told to operators, collectors and control planes.
public let martletVersion = SemanticVersion(major: 0, minor: 1, patch: 0)

/// Source: Semantic Versioning 2.0.0; `envoy.type.v3.SemanticVersion`.
public struct SemanticVersion: Equatable, Sendable, CustomStringConvertible {
  public let major: UInt64
  public let minor: UInt64
  public let patch: UInt64

  public var description: String { "\(major).\(minor).\(patch)" }
}
