import Glibc
import Testing

@testable import Platform

/// What `ask` says on a machine with these files; they and their directories are made for the call.
func onMachine<Answer>(
  with files: [String: String], ask: (_ root: String) throws -> Answer
) throws -> Answer {
  var template = Array("/tmp/martlet-cgroup-XXXXXX".utf8CString)
  let root = String(cString: mkdtemp(&template))
  var made: [String] = []
  defer {
    for path in made.reversed() { remove(path) }
    remove(root)
  }
  for (path, text) in files {
    let parts = path.split(separator: "/")
    for count in 1..<parts.count {
      let directory = root + "/" + parts[..<count].joined(separator: "/")
      if mkdir(directory, 0o700) == 0 { made.append(directory) }
    }
    made.append(root + "/" + path)
    let bytes = Array(text.utf8)
    #expect(try LogFile(appendingTo: root + "/" + path).write(bytes[...]) == bytes.count)
  }
  return try ask(root)
}
