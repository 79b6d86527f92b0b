import CXDS

/// The fields of the official schema, those that `xds/proto` leaves out included: they arrive as bare
/// numbers and must be called by name.
enum OfficialSchema {
  static func fieldName(_ number: UInt32, in message: String) -> String? {
    // SAFETY: the table's names are constants.
    unsafe cxds_official_field_name(message, number).map { unsafe String(cString: $0) }
  }

  /// `field` in snake_case or lowerCamel.
  static func declares(_ field: String, in message: String) -> Bool {
    // SAFETY: both strings live until the call returns.
    unsafe cxds_official_field_number(message, snakeCase(field)) != 0
  }

  private static func snakeCase(_ name: String) -> String {
    var result = ""
    for character in name {
      if character.isUppercase { result += "_" }
      result += character.lowercased()
    }
    return result
  }
}
