import Glibc
import Testing

@testable import Bootstrap

@Suite("Configuration file")
struct ConfigurationFileTests {
  @Test func aFileThatIsTooLargeIsToldTheBoundAndWhatToDo() throws {
    var template = Array("/tmp/martlet-tests-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let path = String(cString: template)
    defer {
      close(descriptor)
      unlink(path)
    }
    try #require(ftruncate(descriptor, 65 << 20) == 0)
    let loaded = loadConfiguration(path, strict: false)
    #expect(loaded.bootstrap == nil)
    let text =
      "larger than 64 MiB, the most for a file; a control plane can send more (dynamic_resources)"
    #expect(loaded.rejected == ["\(path): \(text)"])
  }

  @Test func aFileThatIsNotThereIsToldSo() {
    #expect(
      loadConfiguration("/nonexistent.yaml", strict: false).rejected
        == ["/nonexistent.yaml: cannot be read: open: No such file or directory"])
  }
}
