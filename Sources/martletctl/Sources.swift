import Foundation
import MeshModel

/// The text of one push, and which file each line of it is from.
struct Sources {
  private var parts: [(name: String, firstLine: Int)] = []
  private(set) var text = ""

  init() {}

  /// Reads files, directories (their `.yaml`, `.yml` and `.json` files) and `-`, standard input.
  init(reading paths: [String]) throws {
    for path in paths {
      if path == "-" {
        try append(FileHandle.standardInput, name: "standard input")
      } else {
        for file in try Self.files(at: path) { try append(file: file) }
      }
    }
  }

  /// For example `quickstart/split.yaml:12`; nil when the push was read from no file.
  func place(ofLine line: Int) -> String? {
    guard let part = parts.last(where: { $0.firstLine <= line }) else { return nil }
    return "\(part.name):\(line - part.firstLine + 1)"
  }

  private mutating func append(file: String) throws {
    guard let handle = FileHandle(forReadingAtPath: file) else {
      throw Failure("cannot read \(file): \(String(cString: strerror(errno)))")
    }
    try append(handle, name: file)
  }

  /// Reads no more than a push may hold.
  private mutating func append(_ handle: FileHandle, name: String) throws {
    var data = Data()
    while data.count <= PushLimits.bodyBytes,
      let part = try handle.read(upToCount: PushLimits.bodyBytes + 1 - data.count), !part.isEmpty
    { data += part }
    guard text.utf8.count + data.count <= PushLimits.bodyBytes else {
      let subject = parts.isEmpty ? "\(name) is" : "the manifests up to \(name) are together"
      throw Failure(
        "\(subject) longer than \(PushLimits.bodyBytes) bytes, the most that one push may hold")
    }
    try append(data, name: name)
  }

  private mutating func append(_ data: Data, name: String) throws {
    guard var content = String(validating: data, as: UTF8.self) else {
      throw Failure("\(name) is not UTF-8")
    }
    if content.first == "\u{FEFF}" { content.removeFirst() }
    if !text.isEmpty { text += "---\n" }
    parts.append((name, text.utf8.count { $0 == UInt8(ascii: "\n") } + 1))
    text += content
    if !text.hasSuffix("\n") { text += "\n" }
  }

  private static func files(at path: String) throws -> [String] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw Failure("there is no file or directory \(path)")
    }
    guard isDirectory.boolValue else { return [path] }
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    let endings = [".yaml", ".yml", ".json"]
    let found = names.filter { name in endings.contains { name.hasSuffix($0) } }
    guard !found.isEmpty else { throw Failure("no .yaml, .yml or .json file in \(path)") }
    return found.map { (path as NSString).appendingPathComponent($0) }
  }
}
