/// What a peer may make us hold while a head is not complete.
public struct HTTP1Limits: Equatable, Sendable {
  /// Bytes of a start line with its fields, or of a trailer section; 256 to 65,535. The buffer a
  /// decoder reads from must be able to hold as many.
  public let maxHeadBytes: Int
  /// Fields of one section; 1 to 4,096.
  public let maxHeaderCount: Int

  /// Values outside their range are taken to its nearer end.
  public init(maxHeadBytes: Int = 60 * 1024, maxHeaderCount: Int = 100) {
    self.maxHeadBytes = min(max(maxHeadBytes, 256), Int(UInt16.max))
    self.maxHeaderCount = min(max(maxHeaderCount, 1), 4096)
  }

  /// Bytes of a method that is not among the known ones.
  static let maxMethodBytes = 32
  /// Bytes of one chunk's extensions.
  static let maxExtensionBytes = 256
  /// Bytes of extensions in one body, whatever the number of its chunks.
  static let maxExtensionBytesInBody = 16 * 1024
}
