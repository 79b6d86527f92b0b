import Foundation
import Logging
import OperatorAPI
import ServiceLifecycle
import XDSServer

/// The push API as a service of the process.
struct APIService: Service {
  let api: PushAPI
  let address: ListenAddress

  func run() async throws {
    do {
      try await api.server { port in
        Console.say("push API on http://\(ListenAddress(host: address.host, port: port))")
      }.run()
    } catch {
      throw ListenFault(
        what: "push API", option: "--api", address: address,
        cause: ListenAddress.cause(of: error))
    }
  }
}

/// The xDS server as a service of the process.
struct XDSService: Service {
  let server: DiscoveryServer
  let address: ListenAddress

  func run() async throws {
    try await withGracefulShutdownHandler {
      do {
        try await server.run { port in
          Console.say("xDS on \(ListenAddress(host: address.host, port: port))")
        }
      } catch {
        throw ListenFault(
          what: "xDS server", option: "--xds", address: address,
          cause: ListenAddress.cause(of: error))
      }
    } onGracefulShutdown: {
      server.beginShutdown()
    }
  }
}

/// Ends the process when what runs cannot be stopped in time. That loses nothing: what has been
/// answered is on disk, and what is half done is rolled back at the next start.
struct LastResort: Service {
  /// What cutting off takes, after the time to end by itself.
  static let grace: Duration = .seconds(2)

  let patience: Duration

  func run() async throws {
    try await gracefulShutdown()
    let seconds = Double(patience.components.seconds)
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: seconds)
      Console.say("ended in the midst of what could not be stopped within \(patience)")
      exit(0)
    }
  }
}

/// Raises the number of files, which is the number of connections, to what the system allows.
enum FileDescriptorLimit {
  static func raise() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
  }
}

/// A server that could not go on, which most often means that its port is taken.
struct ListenFault: Error, CustomStringConvertible {
  let what: String
  let option: String
  let address: ListenAddress
  let cause: String

  var description: String {
    "the \(what) on \(address) failed: \(cause); choose another address with \(option) HOST:PORT"
  }
}

/// What the process says to the operator, one line at a time on standard output.
enum Console {
  static func say(_ line: String) {
    FileHandle.standardOutput.write(Data("martlet-control: \(line)\n".utf8))
  }

  /// For parts that have nothing to say.
  static var silent: Logger {
    Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
  }
}
