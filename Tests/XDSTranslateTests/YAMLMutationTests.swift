import Config
import Testing

@testable import XDSTranslate

/// Files that were cut short or damaged are answered, never trapped on.
@Suite struct YAMLMutationTests {
  @Test func answersForEveryCut() throws {
    let bytes = try Corpus.bytes("good/static-route.yaml")
    for count in stride(from: 0, to: bytes.count, by: 7) {
      let (config, findings) = loadBootstrap(yaml: Array(bytes.prefix(count)), fileName: "cut")
      #expect((config == nil) == findings.contains { $0.standing == .rejected })
    }
  }

  @Test func answersForDamagedBytes() throws {
    let bytes = try Corpus.bytes("good/tracing.yaml")
    let replacements = Array("\0\t\n -:,[]{}&*!|>'\"%@`#0a\u{FF}".utf8)
    for index in stride(from: 0, to: bytes.count, by: 5) {
      var damaged = bytes
      damaged[index] = replacements[index / 5 % replacements.count]
      let (config, findings) = loadBootstrap(yaml: damaged, fileName: "damaged")
      #expect((config == nil) == findings.contains { $0.standing == .rejected })
    }
  }

  @Test func refusesWhatIsNotUTF8() {
    let (config, findings) = loadBootstrap(
      yaml: Array("node: { id: ".utf8) + [0xFF, 0xFE], fileName: "f")
    #expect(config == nil)
    #expect(findings.first?.text == "invalid leading UTF-8 octet")
  }
}
