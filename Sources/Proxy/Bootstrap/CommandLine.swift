import Platform

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
  /// Bytes; nil: the cgroup's limit.
  public var memoryLimit: Int?
  /// How long a drain may take, in seconds.
  public var drainSeconds: UInt64 = 30
  /// The least important level that is written; nil: nothing is.
  public var logLevel: LogLevel? = .info
  /// Ignored configuration fields are refused like faulty ones.
  public var strict = false
  /// A crash may leave a core dump, private keys and all.
  public var dumpsCore = false
}

/// Why a command line was not understood, with what would have been.
public struct UsageFault: Error, Equatable {
  public let text: String
}

extension Command {
  public static let help = """
    martlet: a service-mesh sidecar proxy and edge ingress.

      martlet --config FILE [options]   run with an Envoy v3 bootstrap file (YAML or JSON)
      martlet validate FILE [--strict]  say what in FILE is used, ignored or wrong, without starting
      martlet --version

    options (--option VALUE or --option=VALUE):
      --concurrency N      workers (default: processors, or the cgroup's CPU quota)
      --drain-time SECONDS how long SIGTERM waits for what runs (default: 30)
      --memory-limit MIB   near it new requests get a 503 (default: the cgroup's limit)
      --log-level LEVEL    debug, info, warning, error or off (default: info)
      --strict             refuse a configuration with ignored fields
      --core-dumps         let a crash leave a core dump, private keys and all

    signals: SIGTERM and SIGINT drain (a second one ends at once), SIGUSR1, SIGHUP reopen log files
    """

  /// - Parameter arguments: without the program's name.
  public static func parse(_ arguments: [String]) throws(UsageFault) -> Command {
    guard let first = arguments.first else { throw UsageFault(text: "no configuration\n\n\(help)") }
    switch first {
    case "help", "--help", "-h": return .showHelp
    case "version", "--version": return .showVersion
    case "validate": return try parseValidate(arguments.dropFirst())
    default: return try parseRun(arguments[...])
    }
  }

  private static func parseValidate(_ arguments: ArraySlice<String>) throws(UsageFault) -> Command {
    var strict = false
    var paths: [String] = []
    var rest = OptionReader(rest: arguments)
    while let argument = rest.next() {
      switch argument {
      case .plain(let path): paths.append(path)
      case .option("--help", nil), .option("-h", nil): return .showHelp
      case .option("--strict", nil): strict = true
      case .option("--config", let value), .option("-c", let value):
        paths.append(try rest.value(value, of: "--config"))
      case .option(let name, _): throw unknown(name)
      }
    }
    guard paths.count == 1 else {
      throw UsageFault(text: "validate takes one file: martlet validate FILE [--strict]")
    }
    return .validate(path: paths[0], strict: strict)
  }

  private static func parseRun(_ arguments: ArraySlice<String>) throws(UsageFault) -> Command {
    var options = RunOptions(configPath: "")
    var rest = OptionReader(rest: arguments)
    while let argument = rest.next() {
      switch argument {
      case .plain(let text): throw unknown(text)
      case .option("--help", nil), .option("-h", nil): return .showHelp
      case .option("--strict", nil): options.strict = true
      case .option("--core-dumps", nil): options.dumpsCore = true
      case .option(let name, let value):
        guard knownOptions.contains(name) else { throw unknown(name) }
        try set(name, try rest.value(value, of: name), &options)
      }
    }
    guard !options.configPath.isEmpty else {
      throw UsageFault(text: "no configuration: martlet --config FILE")
    }
    return .run(options)
  }

  private static func unknown(_ text: String) -> UsageFault {
    UsageFault(text: "unknown option \(text); see martlet --help")
  }

  private static let knownOptions = [
    "--config", "-c", "--concurrency", "--drain-time", "--memory-limit", "--log-level",
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
    case "--memory-limit":
      guard let mebibytes = Int(value), (16...1 << 30).contains(mebibytes) else {
        throw UsageFault(text: "--memory-limit takes MiB from 16 on, not \(value)")
      }
      options.memoryLimit = mebibytes << 20
    case "--log-level": options.logLevel = try level(named: value)
    default: options.configPath = value
    }
  }

  /// nil for `off`.
  private static func level(named name: String) throws(UsageFault) -> LogLevel? {
    if name == "off" { return nil }
    guard let level = LogLevel.allCases.first(where: { "\($0)" == name }) else {
      let names = LogLevel.allCases.map { "\($0)" }.joined(separator: ", ")
      throw UsageFault(text: "--log-level takes one of \(names), off, not \(name)")
    }
    return level
  }
}

/// Steps through arguments; options are `--name value` or `--name=value`.
private struct OptionReader {
  enum Argument {
    case option(String, String?)
    case plain(String)
  }

  var rest: ArraySlice<String>

  mutating func next() -> Argument? {
    guard let argument = rest.popFirst() else { return nil }
    guard argument.hasPrefix("-"), argument != "-" else { return .plain(argument) }
    guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
      return .option(argument, nil)
    }
    return .option(
      String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
  }

  /// The value that stood behind the equals sign, or the next argument.
  mutating func value(_ attached: String?, of option: String) throws(UsageFault) -> String {
    guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
      throw UsageFault(text: "\(option) takes a value")
    }
    return value
  }
}
