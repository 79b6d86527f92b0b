import Config
import Testing

@testable import XDSTranslate

/// Every file under Tests/Corpora/bootstrap, with what its first line expects.
@Suite struct BootstrapCorpusTests {
  @Test(arguments: try Corpus.files(in: "bad"))
  func refusesWithTheExpectedFirstFinding(_ file: String) throws {
    let bytes = try Corpus.bytes(file)
    let (config, findings) = loadBootstrap(yaml: bytes, fileName: "file.yaml")
    #expect(config == nil)
    #expect(findings.first?.standing == .rejected)
    #expect(findings.first?.description == Corpus.expectation("expect", in: bytes))
  }

  @Test(arguments: try Corpus.files(in: "good"))
  func acceptsAndTellsWhatIsIgnored(_ file: String) throws {
    let bytes = try Corpus.bytes(file)
    let (config, findings) = loadBootstrap(yaml: bytes, fileName: "file.yaml")
    #expect(config != nil, "\(findings)")
    let ignored = findings.map(\.path).joined(separator: ", ")
    #expect((ignored.isEmpty ? "nothing" : ignored) == Corpus.expectation("ignored", in: bytes))
  }
}
