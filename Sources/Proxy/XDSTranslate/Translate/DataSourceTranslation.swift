import Platform

/// The bytes of a `core.v3.DataSource`, and the file they came from.
struct SourcedBytes {
  let bytes: [UInt8]
  /// nil: they stand in the configuration itself.
  let file: String?
}

extension MessageView {
  private static let maxFileBytes = 1 << 20

  /// A `core.v3.DataSource` field; nil when it is unset, or was rejected.
  func dataSource(_ name: String) -> SourcedBytes? { view(name)?.sourcedBytes() }

  /// This view's own content, when it is a `core.v3.DataSource`.
  func sourcedBytes() -> SourcedBytes? {
    let accepted = "accepted: filename, inline_string, inline_bytes"
    if let bytes = bytesIfSet("inline_bytes") { return SourcedBytes(bytes: bytes, file: nil) }
    if let text = stringIfSet("inline_string") {
      return SourcedBytes(bytes: Array(text.utf8), file: nil)
    }
    guard let path = stringIfSet("filename") else {
      reject(
        has("environment_variable")
          ? "environment variables are not implemented; \(accepted)" : "required; \(accepted)")
      return nil
    }
    do throws(SystemFault) {
      return SourcedBytes(bytes: try readWholeFile(path, limit: Self.maxFileBytes), file: path)
    } catch {
      reject("filename", "\(MessageView.quoted(path)) cannot be read: \(error)")
      return nil
    }
  }
}
