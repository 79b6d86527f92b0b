import ArgumentParser
import Foundation
import Logging
import MeshModel
import MeshStore
import MeshTranslate
import OperatorAPI
import ServiceLifecycle
import XDSServer

/// The control plane: the push API on one port, xDS on the other, the mesh in a file.
@main
struct MartletControl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "martlet-control",
    abstract: "Keeps what operators declare, and serves it to proxies over xDS.",
    version: "martlet-control \(martletVersion)")

  @Option(help: "Directory of the store; made when it is not there.", completion: .directory)
  var dataDir = "martlet-data"

  @Option(help: "Address of the push API, HOST:PORT.", transform: Self.address)
  var api = ListenAddress(host: "127.0.0.1", port: 18001)

  @Option(help: "Address of the xDS server, HOST:PORT.", transform: Self.address)
  var xds = ListenAddress(host: "127.0.0.1", port: 18000)

  @Option(
    help: "File with the token that calls of the push API have to bear (or in MARTLET_TOKEN).",
    completion: .file())
  var tokenFile: String?

  @Option(help: "Where proxies send spans, OTLP over HTTP: http://HOST:PORT.")
  var otlp: String?

  @Option(
    parsing: .unconditional,
    help: "Share of traces begun by proxies that are recorded, 0 to 1.")
  var traceRatio = 1.0

  @Flag(help: "Have proxies write a JSON access log to standard output.")
  var accessLog = false

  @Option(
    parsing: .unconditional,
    help: "Seconds that calls and streams get to end in after SIGTERM, 0 to 3600.")
  var drainTime = 5

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: Logger.Level = .info

  func validate() throws {
    let token = try operatorToken
    guard api.isLoopback || token != nil else {
      throw ValidationError(
        "the push API on \(api) can be reached from other machines, so it needs a token: "
          + "--token-file FILE, or MARTLET_TOKEN")
    }
    guard (0...3600).contains(drainTime) else {
      throw ValidationError("--drain-time is \(drainTime); accepted: 0 to 3600")
    }
    guard (0...1).contains(traceRatio) else {
      throw ValidationError("--trace-ratio is \(traceRatio); accepted: 0 to 1")
    }
    _ = try collector
  }

  func run() async throws {
    var logger = Logger(label: "martlet-control") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = logLevel
    FileDescriptorLimit.raise()
    let path = try DataDirectory(path: dataDir).database
    let repository = try MeshRepository(
      path: path, validator: { MeshTranslation.faults(in: $0) })
    Console.say("database \(path), revision \(repository.snapshot.revision)")
    if !xds.isLoopback {
      logger.warning(
        "the xDS server can be reached from other machines, and asks nobody who they are",
        metadata: ["address": "\(xds)"])
    }
    let services = try services(repository, path: path, logger: logger)
    try await Self.run(services, drainTime: .seconds(drainTime))
    try repository.close()
    Console.say("stopped")
  }

  /// Runs the services until a signal comes and they have ended, or the time for that is over.
  private static func run(
    _ services: [any ServiceLifecycle.Service], drainTime: Duration
  ) async throws {
    var configuration = ServiceGroupConfiguration(
      services: services.map {
        .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
      },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: Console.silent)
    configuration.maximumGracefulShutdownDuration = drainTime
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch is CancellationError {
      Console.say("cut off what had not ended within \(drainTime)")
    }
  }

  private func services(
    _ repository: MeshRepository, path: String, logger: Logger
  ) throws -> [any ServiceLifecycle.Service] {
    let registry = ProxyRegistry()
    let translation = MeshTranslation(
      options: TranslationOptions(
        collector: try collector, traceRatio: traceRatio, hasAccessLog: accessLog))
    let api = PushAPI(
      repository: repository,
      configuration: PushAPI.Configuration(
        address: api, token: try operatorToken, database: path),
      logger: logger, proxies: { registry.statuses }, refusals: { registry.refusals })
    let discovery = DiscoveryServer(
      host: xds.host == "localhost" ? "127.0.0.1" : xds.host, port: xds.port,
      translation: translation, registry: registry, logger: logger,
      meshes: { repository.snapshots() })
    return [
      APIService(api: api, address: self.api), XDSService(server: discovery, address: xds),
      LastResort(patience: .seconds(drainTime) + LastResort.grace),
    ]
  }

  // MARK: Options

  /// From a file or the environment: what stands on a command line, every user of the machine sees.
  private var operatorToken: String? {
    get throws {
      var token = ProcessInfo.processInfo.environment["MARTLET_TOKEN"]
      if let tokenFile {
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
          throw ValidationError("cannot read the token from \(tokenFile)")
        }
        token = text.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      if token?.isEmpty == true { throw ValidationError("the token is empty") }
      return token
    }
  }

  private var collector: TraceCollector? {
    get throws {
      guard let otlp else { return nil }
      guard let collector = TraceCollector(otlp) else {
        throw ValidationError("--otlp is \(otlp); accepted: http://HOST:PORT[/PATH]")
      }
      return collector
    }
  }

  private static func address(_ text: String) throws -> ListenAddress {
    guard let address = ListenAddress(text) else {
      throw ValidationError("\(text) is no address; accepted: HOST:PORT")
    }
    return address
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
