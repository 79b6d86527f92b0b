import Foundation
import Testing

@testable import martlet_control

@Suite struct MartletControlTests {
  @Test func listensOnLoopbackUnlessTold() throws {
    let command = try MartletControl.parse([])
    #expect(command.api.description == "127.0.0.1:18001")
    #expect(command.xds.description == "127.0.0.1:18000")
  }

  @Test(arguments: [
    (["--api", "0.0.0.0:18001"], "so it needs a token"),
    (["--api", "18001"], "accepted: HOST:PORT"),
    (["--drain-time", "3601"], "accepted: 0 to 3600"),
    (["--drain-time", "-1"], "accepted: 0 to 3600"),
    (["--trace-ratio", "1.5"], "accepted: 0 to 1"),
    (["--otlp", "collector:4318"], "accepted: http://HOST:PORT"),
    (["--token-file", "/no/such/file"], "cannot read the token"),
  ])
  func saysWhatAnOptionAccepts(arguments: [String], words: String) {
    let error = #expect(throws: (any Error).self) { try MartletControl.parse(arguments) }
    #expect(error.map(MartletControl.message(for:))?.contains(words) == true)
  }

  @Test func aTokenOpensOtherAddresses() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("secret\n".utf8).write(to: file)
    let command = try MartletControl.parse(["--api", "0.0.0.0:1", "--token-file", file.path])
    #expect(command.api.host == "0.0.0.0")
    try Data("\n".utf8).write(to: file)
    #expect(throws: (any Error).self) {
      try MartletControl.parse(["--token-file", file.path])
    }
  }
}

@Suite struct DataDirectoryTests {
  @Test func isUsedByOneAtATime() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let directory = try DataDirectory(path: path)
    #expect(directory.database == path + "/mesh.db")
    let fault = #expect(throws: DataDirectoryFault.self) { try DataDirectory(path: path) }
    #expect(fault?.description.contains("another martlet-control keeps its store there") == true)
  }

  @Test func saysWhatCannotBeMade() {
    let fault = #expect(throws: DataDirectoryFault.self) { try DataDirectory(path: "/dev/null/x") }
    #expect(fault?.description.hasPrefix("cannot make the directory /dev/null/x") == true)
  }
}
