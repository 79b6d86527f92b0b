import MeshModel

/// Durations in proto3 JSON, such as `1.5s`.
/// Source: google/protobuf/duration.proto, the range of `seconds` and the JSON mapping.
enum DurationText {
  static let maxSeconds: Int64 = 315_576_000_000

  static let accepted =
    "a duration such as \"1.5s\", from \"0s\" to \"\(maxSeconds)s\", with nine decimals at most"

  /// Whether it is a duration, be it a negative one, in the range of the type.
  static func isWritten(_ text: String) -> Bool {
    guard text.last == "s", case let number = text.dropLast(),
      !number.contains(where: { $0 == "e" || $0 == "E" }), JSONNumber.isWritten(number)
    else { return false }
    let parts = number.split(separator: ".")
    guard let seconds = Int64(parts[0]), seconds.magnitude <= maxSeconds else { return false }
    return parts.count == 1 || parts[1].count <= 9
  }
}
