import Config
import Testing

@testable import XDSTranslate

/// A duration that is not taken is told with the bound it does not keep.
@Suite("Durations") struct DurationTests {
  private static let most = "a duration of at most 315576000000s"
  private static let precise = "a duration with at most nine digits after the point"
  private static let formed = "a duration such as 5s or 0.25s"

  @Test(arguments: [
    ("315576000001s", most), ("-315576000001s", most), ("315576000000.5s", most),
    ("99999999999999999999s", most), ("0.0000000001s", precise), ("1.0000000000s", precise),
    ("5", formed), ("5m", formed), ("1.s", formed), (".5s", formed), ("s", formed),
    ("1.5.5s", formed), ("+1s", formed),
  ])
  func inAFile(_ text: String, _ accepted: String) {
    let yaml = "static_resources: { clusters: [{ name: c, connect_timeout: \(text) }] }"
    let (_, findings) = loadBootstrap(yaml: Array(yaml.utf8), fileName: "f")
    let finding = findings.first { $0.path.hasSuffix("connect_timeout") }
    #expect(finding?.text == "found \(text), accepted: \(accepted)")
  }

  @Test(
    arguments: [
      (315_576_000_001, 0, "found 315576000001s, accepted: \(most)"),
      (315_576_000_000, 1, "found 315576000000.000000001s, accepted: \(most)"),
      (.max, 0, "found 9223372036854775807s, accepted: \(most)"),
      (-1, 0, "found -1s, accepted: a duration of more than 0s"),
      (0, -1, "found -0.000000001s, accepted: a duration of more than 0s"),
      (0, 0, "found 0s, accepted: a duration of more than 0s"),
      (
        1, 1_000_000_000,
        "found 1 s and 1000000000 ns, accepted: 0 to 999999999 ns beside the s"
      ),
      (1, -1, "found 1 s and -1 ns, accepted: 0 to 999999999 ns beside the s"),
    ] as [(Int64, Int64, String)])
  func overXDS(seconds: Int64, nanoseconds: Int64, text: String) throws {
    let cluster = try message(
      "{ name: c, type: STATIC, load_assignment: { cluster_name: c }, connect_timeout: 1s }",
      as: TypeName.cluster)
    let timeout = try #require(cluster["connect_timeout"]?.message)
    timeout["seconds"] = .signed(seconds)
    timeout["nanos"] = .signed(nanoseconds)
    let findings = translateCluster(MessageEncoder.encode(cluster)).findings
    #expect(findings.map(\.path) == ["clusters[c].connect_timeout"])
    #expect(findings.map(\.text) == [text])
  }

  @Test func theLongestIsTaken() throws {
    let yaml = """
      { name: c, type: STATIC, load_assignment: { cluster_name: c },
        connect_timeout: 315576000000s }
      """
    let translated = translateCluster(try wire(yaml, as: TypeName.cluster))
    #expect(translated.value?.connectTimeout == .seconds(315_576_000_000))
  }
}
