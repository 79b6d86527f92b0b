import Testing

@testable import Bootstrap

@Suite("Command line")
struct CommandLineTests {
  private func options(_ arguments: String...) throws -> RunOptions {
    guard case .run(let options) = try Command.parse(arguments) else {
      throw UsageFault(text: "not a run")
    }
    return options
  }

  @Test func readsEveryOption() throws {
    let options = try options(
      "--config", "a.yaml", "--concurrency", "3", "--drain-time", "7", "--log-level", "error",
      "--strict", "--core-dumps")
    #expect(
      options
        == RunOptions(
          configPath: "a.yaml", concurrency: 3, drainSeconds: 7, logLevel: .error, strict: true,
          dumpsCore: true))
  }

  @Test(arguments: [
    ([], "martlet --config FILE"),
    (["--config"], "--config takes a value"),
    (["--config="], "--config takes a value"),
    (["--strict=yes", "--config", "a"], "unknown option --strict"),
    (["validate", "--strict=yes", "a"], "unknown option --strict"),
    (["validate", "--konfig", "a"], "unknown option --konfig"),
    (["a.yaml"], "unknown option a.yaml"),
    (["--concurrency", "0", "--config", "a"], "1 to 256"),
    (["--drain-time", "soon", "--config", "a"], "seconds"),
    (["--log-level", "loud", "--config", "a"], "debug, info, warning, error, off"),
    (["--konfig", "a"], "unknown option --konfig"),
    (["--strict"], "martlet --config FILE"),
    (["validate"], "one file"),
  ])
  func namesWhatItDidNotUnderstandAndWhatItTakes(_ arguments: [String], _ part: String) {
    #expect {
      try Command.parse(arguments)
    } throws: { error in
      (error as? UsageFault)?.text.contains(part) == true
    }
  }

  @Test func validateTakesAFileAndStrict() throws {
    #expect(try Command.parse(["validate", "x.yaml"]) == .validate(path: "x.yaml", strict: false))
    #expect(
      try Command.parse(["validate", "--strict", "x.yaml"])
        == .validate(path: "x.yaml", strict: true))
    #expect(
      try Command.parse(["validate", "--config=x.yaml"])
        == .validate(path: "x.yaml", strict: false))
  }

  @Test func aValueMayStandBehindAnEqualsSign() throws {
    let options = try options(
      "--config=a=b.yaml", "--concurrency=3", "--drain-time=7", "--log-level=off")
    #expect(
      options
        == RunOptions(configPath: "a=b.yaml", concurrency: 3, drainSeconds: 7, logLevel: nil))
  }

  @Test(arguments: [["--help"], ["help"], ["validate", "--help"], ["--strict", "-h"]])
  func helpIsGivenWhereverItIsAskedFor(_ arguments: [String]) throws {
    #expect(try Command.parse(arguments) == .showHelp)
  }
}
