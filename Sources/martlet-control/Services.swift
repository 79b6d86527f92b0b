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
      throw ListenFault(what: "push API", option: "--api", address: address, cause: "\(error)")
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
        throw ListenFault(what: "xDS server", option: "--xds", address: address, cause: "\(error)")
      }
    } onGracefulShutdown: {
      server.beginShutdown()
    }
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
