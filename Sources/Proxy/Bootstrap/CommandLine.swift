/// What the process was asked to do.
public enum Command: Equatable, Sendable {
  case run(RunOptions)
  case validate(path: String, strict: Bool)
  case showHelp
  case showVersion
}

/// How to run.
public struct RunOptions: Equatable, Sendable {
  public var configPath: String
  /// Workers; nil: as many as the processors the process may use.
  public var concurrency: Int?
  /// How long a drain may take, in seconds.
  public var drainSeconds: UInt64 = 30
  public var logLevel = LogThreshold.info
  /// Ignored configuration fields are refused like faulty ones.
  public var strict = false
}

/// The least important level that is written.
public enum LogThreshold: String, CaseIterable, Sendable { case debug, info, warning, error, off }

/// Why a command line was not understood, with what would have been.
public struct UsageFault: Error, Equatable {
  public let text: String
}

extension Command {
  public static let help = """
    martlet: a service-mesh sidecar proxy and edge ingress.

      martlet --config FILE [options]   run with an Envoy v3 bootstrap file (YAML or JSON)
      martlet validate FILE             say what in FILE is used, ignored or wrong, without starting
      martlet --version

    options:
      --concurrency N      workers (default: processors, or the cgroup's CPU quota)
      --drain-time SECONDS how long SIGTERM waits for what runs (default: 30)
      --log-level LEVEL    debug, info, warning, error or off (default: info)
      --strict             refuse a configuration with ignored fields

    signals: SIGTERM and SIGINT drain (a second one ends at once), SIGUSR1, SIGHUP reopen log files
    """

  /// - Parameter arguments: without the program's name.
  public static func parse(_ arguments: [String]) throws(UsageFault) -> Command {
    guard let first = arguments.first else { return .showHelp }
    switch first {
    case "help", "--help", "-h": return .showHelp
    case "version", "--version": return .showVersion
    case "validate": return try parseValidate(arguments.dropFirst())
    default: return try parseRun(arguments[...])
    }
  }

  private static func parseValidate(_ rest: ArraySlice<String>) throws(UsageFault) -> Command {
    let strict = rest.contains("--strict")
    let paths = rest.filter { $0 != "--strict" && $0 != "--config" && $0 != "-c" }
    guard paths.count == 1, let path = paths.first, !path.hasPrefix("-") else {
      throw UsageFault(text: "validate takes one file: martlet validate FILE [--strict]")
    }
    return .validate(path: path, strict: strict)
  }

  private static func parseRun(_ arguments: ArraySlice<String>) throws(UsageFault) -> Command {
    var options = RunOptions(configPath: "")
    var rest = arguments
    while let option = rest.popFirst() {
      if option == "--strict" {
        options.strict = true
        continue
      }
      guard knownOptions.contains(option) else {
        throw UsageFault(text: "unknown option \(option); see martlet --help")
      }
      guard let value = rest.popFirst() else { throw UsageFault(text: "\(option) takes a value") }
      try set(option, value, &options)
    }
    guard !options.configPath.isEmpty else {
      throw UsageFault(text: "no configuration: martlet --config FILE")
    }
    return .run(options)
  }

  private static let knownOptions = [
    "--config", "-c", "--concurrency", "--drain-time", "--log-level",
  ]

  private static func set(
    _ option: String, _ value: String, _ options: inout RunOptions
  ) throws(UsageFault) {
    switch option {
    case "--concurrency":
      guard let count = Int(value), (1...256).contains(count) else {
        throw UsageFault(text: "--concurrency takes a number from 1 to 256, not \(value)")
      }
      options.concurrency = count
    case "--drain-time":
      guard let seconds = UInt64(value), seconds <= 86_400 else {
        throw UsageFault(text: "--drain-time takes seconds from 0 to 86400, not \(value)")
      }
      options.drainSeconds = seconds
    case "--log-level":
      guard let level = LogThreshold(rawValue: value) else {
        let names = LogThreshold.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageFault(text: "--log-level takes one of \(names), not \(value)")
      }
      options.logLevel = level
    default: options.configPath = value
    }
  }
}
