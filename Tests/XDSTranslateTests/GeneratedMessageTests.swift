import Config
import Testing

@testable import XDSTranslate

/// Whatever is set, the translation answers, and answers for every field.
@Suite struct GeneratedMessageTests {
  @Test(arguments: ResourceType.allCases)
  func answersForAnythingOfTheSchema(_ type: ResourceType) throws {
    for seed in 1...150 as ClosedRange<UInt64> {
      var generator = GeneratedMessages(seed: seed)
      let message = generator.message(type.messageName)
      let bytes = MessageEncoder.encode(message)
      let again = try MessageDecoder.decode(bytes, as: message.descriptor)
      #expect(JSONEncoder.encode(again) == JSONEncoder.encode(message), "seed \(seed)")
      let (isRejected, findings) = translate(bytes, type)
      #expect(isRejected == findings.contains { $0.standing == .rejected }, "seed \(seed)")
      #expect(findings.allSatisfy { $0.path.hasPrefix(type.pathRoot + "[") }, "seed \(seed)")
    }
  }

  @Test func readsBackAsYAMLWhatItDumpsAsJSON() throws {
    for seed in 1...100 as ClosedRange<UInt64> {
      var generator = GeneratedMessages(seed: seed)
      let json = JSONEncoder.encode(generator.message(TypeName.bootstrap))
      if json.contains("a.b.Unknown") || json.contains("Timestamp") { continue }
      let again = try message(json, as: TypeName.bootstrap)
      #expect(JSONEncoder.encode(again) == json, "seed \(seed)")
      _ = loadBootstrap(yaml: Array(json.utf8), fileName: "generated.json")
    }
  }

  private func translate(_ bytes: [UInt8], _ type: ResourceType) -> (Bool, [ConfigFinding]) {
    switch type {
    case .cluster: return outcome(translateCluster(bytes))
    case .clusterLoadAssignment: return outcome(translateEndpoints(bytes))
    case .listener: return outcome(translateListener(bytes))
    case .routeConfiguration: return outcome(translateRoutes(bytes))
    }
  }

  private func outcome<T>(_ translated: Translated<T>) -> (Bool, [ConfigFinding]) {
    (translated.isRejected, translated.findings)
  }
}
