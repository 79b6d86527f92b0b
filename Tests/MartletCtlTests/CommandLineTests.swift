import ArgumentParser
import Foundation
import MeshModel
import Testing

@testable import martletctl

@Suite struct CommandLineTests {
  @Test(arguments: [
    ("http://h:1", "http://h:1"), ("h:1", "http://h:1"), ("https://h", "https://h"),
    ("ftp://h", nil), ("http://", nil),
  ])
  func readsTheAddressOfTheServer(text: String, expected: String?) throws {
    let options = try ServerOptions.parse(["--server", text])
    #expect((try? options.client.server.absoluteString) == expected)
  }

  @Test(arguments: [
    (["apply"], "which manifests?"),
    (["delete"], "what is to go?"),
    (["delete", "service", "a", "-f", "x"], "not both"),
    (["delete", "service", "a", "--dry-run"], "--dry-run goes with -f"),
    (["get", "servise"], "did you mean service?"),
    (["get", "svc", "a", "-A"], "leave out --all-namespaces"),
    (["split", "a", "v1"], "write BACKEND=WEIGHT"),
    (["split", "a", "v1=-1"], "a whole number from 0 to 4294967295"),
    (["split", "a\"", "v1=1"], "is no name"),
  ])
  func saysWhatACommandNeeds(arguments: [String], words: String) {
    let error = #expect(throws: (any Error).self) { try MartletCtl.parseAsRoot(arguments) }
    #expect(error.map(MartletCtl.message(for:))?.contains(words) == true)
  }

  @Test func readsShares() throws {
    let share = try Share.parse("v1=50")
    #expect(share.backend == "v1")
    #expect(share.weight == 50)
  }

  @Test func aServerThatIsNotThereIsTold() throws {
    let client = ControlClient(server: try #require(URL(string: "http://127.0.0.1:1")), token: nil)
    let failure = #expect(throws: Failure.self) { try client.call("GET", ["v1", "status"]) }
    #expect(failure?.description.contains("no control plane answers at http://127.0.0.1:1") == true)
  }
}

@Suite struct SourcesTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  private func write(_ files: [String: String]) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
  }

  @Test func joinsTheFilesOfAFolderAndKnowsWhereALineIsFrom() throws {
    try write(["b.yml": "b: 1\nb: 2", "a.yaml": "\u{FEFF}a: 1\n", "c.txt": "no"])
    defer { try? FileManager.default.removeItem(at: folder) }
    let sources = try Sources(reading: [folder.path])
    #expect(sources.text == "a: 1\n---\nb: 1\nb: 2\n")
    #expect(sources.place(ofLine: 1) == "\(folder.path)/a.yaml:1")
    #expect(sources.place(ofLine: 4) == "\(folder.path)/b.yml:2")
    #expect(Sources().place(ofLine: 1) == nil)
  }

  @Test func saysWhatCannotBeRead() throws {
    try write(["c.txt": "no"])
    defer { try? FileManager.default.removeItem(at: folder) }
    for path in [folder.path, folder.path + "/none.yaml"] {
      let failure = #expect(throws: Failure.self) { try Sources(reading: [path]) }
      #expect(failure?.description.contains(path) == true)
    }
  }

  @Test func saysHowLongAPushMayBe() throws {
    let half = String(repeating: "#", count: PushLimits.bodyBytes / 2)
    try write(["a.yaml": half, "b.yaml": half, "c.yaml": half + half + "é"])
    defer { try? FileManager.default.removeItem(at: folder) }
    let a = folder.path + "/a.yaml"
    _ = try Sources(reading: [a])
    let together = #expect(throws: Failure.self) {
      try Sources(reading: [a, folder.path + "/b.yaml"])
    }
    #expect(together?.description.contains("b.yaml are together longer than 8388608 bytes") == true)
    let alone = #expect(throws: Failure.self) { try Sources(reading: [folder.path + "/c.yaml"]) }
    #expect(alone?.description.contains("c.yaml is longer than 8388608 bytes") == true)
  }
}
