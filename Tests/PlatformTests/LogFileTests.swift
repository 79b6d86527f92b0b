import Glibc
import Testing

@testable import Platform

/// A path of this test's own, gone with it.
final class ScratchDirectory {
  let path: String

  init() {
    var template = Array("/tmp/martlet-tests-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit {
    for name in ["pipe", "file"] { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}

@Suite("LogFile")
struct LogFileTests {
  private let scratch = ScratchDirectory()
  private let line = Array("a line of a log\n".utf8)

  private func text(of path: String) throws -> String {
    String(decoding: try readWholeFile(path), as: UTF8.self)
  }

  @Test func appendsToAFile() throws {
    let path = "\(scratch.path)/file"
    for _ in 0..<2 {
      #expect(try LogFile(appendingTo: path).write(line[...]) == line.count)
    }
    #expect(try text(of: path) == "a line of a log\na line of a log\n")
  }

  @Test func aPipeThatNobodyReadsTakesWhatItHasRoomForAndIsNotWaitedFor() throws {
    let path = "\(scratch.path)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let file = try LogFile(appendingTo: path)
    let much = [UInt8](repeating: 0x61, count: 4 << 20)
    let taken = try file.write(much[...])
    #expect(taken > 0)
    #expect(taken < much.count)
    #expect(try file.write(line[...]) == 0)
  }

  @Test func aPipeTakesMoreOnceItIsRead() throws {
    let path = "\(scratch.path)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let file = try LogFile(appendingTo: path)
    let much = [UInt8](repeating: 0x61, count: 4 << 20)
    let taken = try file.write(much[...])
    let reader = OwnedDescriptor(taking: open(path, O_RDONLY | O_NONBLOCK))
    var chunk = [UInt8](repeating: 0, count: taken)
    #expect(read(reader.raw, &chunk, taken) > 0)
    #expect(try file.write(line[...]) == line.count)
  }

  /// Whoever else writes to the pipe then, gets between two lines.
  @Test func aPipeThatIsFullWasGivenWholeLines() throws {
    let path = "\(scratch.path)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let file = try LogFile(appendingTo: path)
    // Of a length that no pipe's pages are a multiple of.
    let line = [UInt8](repeating: 0x61, count: 299) + [0x0A]
    let lines = [[UInt8]](repeating: line, count: 1 << 14).flatMap(\.self)
    var written = 0
    let reader = OwnedDescriptor(taking: open(path, O_RDONLY | O_NONBLOCK))
    for _ in 0..<20 {
      let taken = try file.write(lines[written...])
      #expect(taken > 0 && taken % line.count == 0)
      written += taken
      var page = [UInt8](repeating: 0, count: 8192)
      #expect(read(reader.raw, &page, page.count) > 0)
    }
  }

  @Test func aPipeTakesALineThatIsLongerThanItTakesAtOnce() throws {
    let path = "\(scratch.path)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let file = try LogFile(appendingTo: path)
    let lines = line + [UInt8](repeating: 0x61, count: 10_000) + line
    #expect(try file.write(lines[...]) == lines.count)
    let reader = OwnedDescriptor(taking: open(path, O_RDONLY | O_NONBLOCK))
    var text = [UInt8](repeating: 0, count: lines.count)
    var count = 0
    while count < text.count {
      let n = read(reader.raw, &text[count], text.count - count)
      try #require(n > 0)
      count += n
    }
    #expect(text == lines)
  }

  @Test func saysWhatADiskThatIsFullSays() throws {
    let file = try LogFile(appendingTo: "/dev/full")
    #expect(throws: SystemFault("write", code: ENOSPC)) { try file.write(line[...]) }
  }

  @Test func namesAPathThatCannotBeOpened() {
    #expect(throws: SystemFault("open", code: ENOENT)) {
      try LogFile(appendingTo: "\(scratch.path)/none/file")
    }
  }
}

@Suite("readWholeFile")
struct ReadWholeFileTests {
  @Test func saysWhyAFileCannotBeRead() {
    #expect(throws: SystemFault("open", code: ENOENT)) { try readWholeFile("/nonexistent") }
    #expect(throws: SystemFault("read", code: EISDIR)) { try readWholeFile("/") }
    #expect(throws: SystemFault("read", code: EFBIG)) {
      try readWholeFile("/proc/self/status", limit: 10)
    }
  }
}
