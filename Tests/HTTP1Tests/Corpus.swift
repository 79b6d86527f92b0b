import Foundation

/// Inputs kept for ever: well-formed messages, and every input that once exposed a fault.
struct CorpusFile: CustomStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]

  var description: String { name }

  /// The files of `Tests/Corpora/http1/<kind>`, by name.
  static func all(_ kind: String) -> [CorpusFile] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Corpora/http1/\(kind)").standardized
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().compactMap { name in
      let data = try? Data(contentsOf: folder.appending(path: name))
      return data.map { CorpusFile(name: name, bytes: Array($0)) }
    }
  }
}

/// Bytes with one place changed, repeated or left out, for each place in turn.
func mutations(of bytes: [UInt8]) -> [[UInt8]] {
  let replacements: [UInt8] = [
    0x00, 0x09, 0x0A, 0x0D, 0x20, 0x2C, 0x30, 0x3A, 0x3B, 0x41, 0x7F, 0xFF,
  ]
  var result: [[UInt8]] = []
  for position in bytes.indices {
    for replacement in replacements {
      var changed = bytes
      changed[position] = replacement
      result.append(changed)
    }
    result.append(Array(bytes[..<position] + bytes[(position + 1)...]))
    result.append(Array(bytes[...position] + bytes[position...]))
  }
  return result
}
