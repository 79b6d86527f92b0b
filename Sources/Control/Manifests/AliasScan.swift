import MeshModel

/// Finds YAML aliases before the text is parsed.
///
/// A few lines of aliases to aliases stand for billions of values, and the parser already walks all
/// of them where they stand in a key. So none is taken; manifests do without.
enum AliasScan {
  /// - Throws: `MeshFault` with the line of the first alias to an anchor of the text.
  static func check(_ text: String) throws(MeshFault) {
    guard text.contains("&"), text.contains("*") else { return }
    let bytes = Array(text.utf8)
    let anchors = Set(names(after: UInt8(ascii: "&"), in: bytes).map(\.name))
    guard
      let alias = names(after: UInt8(ascii: "*"), in: bytes).first(where: {
        anchors.contains($0.name)
      })
    else { return }
    let line = 1 + bytes[..<alias.offset].count { $0 == UInt8(ascii: "\n") }
    throw MeshFault(
      "aliases are not taken: write the value out", line: line,
      found: "*" + String(decoding: alias.name, as: UTF8.self))
  }

  /// Names that follow an indicator where YAML lets a token begin.
  private static func names(
    after indicator: UInt8, in bytes: [UInt8]
  ) -> [(name: ArraySlice<UInt8>, offset: Int)] {
    bytes.indices.compactMap { offset in
      guard bytes[offset] == indicator, offset == 0 || mayPrecede(bytes[offset - 1]) else {
        return nil
      }
      let name = bytes[(offset + 1)...].prefix(while: isNameByte)
      return name.isEmpty ? nil : (name, offset)
    }
  }

  /// White space, indicators, and whatever is not ASCII, some of which ends a line.
  private static func mayPrecede(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte >= 0x80 || ",[{:?-".utf8.contains(byte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
