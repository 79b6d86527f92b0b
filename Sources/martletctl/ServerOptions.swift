import ArgumentParser
import Foundation

/// Which control plane to talk to, and how to write the answer.
struct ServerOptions: ParsableArguments {
  @Option(help: "Address of the control plane's push API (environment: MARTLET_CONTROL).")
  var server: String?

  @Option(help: "File with the operator's token (or in MARTLET_TOKEN).", completion: .file())
  var tokenFile: String?

  @Option(name: [.customShort("o"), .long], help: "How to write the answer.")
  var output: OutputFormat = .table

  var client: ControlClient {
    get throws {
      let environment = ProcessInfo.processInfo.environment
      let address = server ?? environment["MARTLET_CONTROL"] ?? "http://127.0.0.1:18001"
      let complete = address.contains("://") ? address : "http://\(address)"
      guard let url = URL(string: complete), url.host != nil,
        ["http", "https"].contains(url.scheme)
      else { throw ValidationError("\(address) is no address; write http://HOST:PORT") }
      return ControlClient(server: url, token: try token ?? environment["MARTLET_TOKEN"])
    }
  }

  private var token: String? {
    get throws {
      guard let tokenFile else { return nil }
      guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
        throw ValidationError("cannot read the token from \(tokenFile)")
      }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, yaml

  /// What to ask the control plane for.
  var mediaType: String { self == .yaml ? "application/yaml" : "application/json" }
}

/// Which namespace the command is about.
struct NamespaceOption: ParsableArguments {
  @Option(name: .shortAndLong, help: "Namespace of the object.")
  var namespace: String = "default"
}
