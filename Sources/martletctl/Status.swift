import ArgumentParser
import MeshModel

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the proxies, and how far each is with each type of resource.")

  @OptionGroup var options: ServerOptions

  private struct Reply: Decodable {
    var revision: UInt64
    var database: String
    var objects: [String: Int]
    var proxies: [ProxyStatus]
    var refused: [ProxyRefusal]
  }

  func run() throws {
    let reply = try options.client.call("GET", ["v1", "status"], accept: options.output)
    guard options.output == .table else {
      return print(reply.text(as: options.output), terminator: "")
    }
    let status = try reply.decoded(as: Reply.self)
    let counts = MeshKind.allCases.map { $0.counted(status.objects[$0.plural] ?? 0) }
    print("revision \(status.revision) in \(status.database)")
    print(counts.joined(separator: ", "))
    print(status.proxies.isEmpty ? "no proxy is connected" : "\n" + Self.table(status.proxies).text)
    for proxy in status.proxies {
      for warning in proxy.warnings {
        print("warning: \(proxy.node) at \(proxy.peer): \(warning)".printable)
      }
    }
    for proxy in status.refused {
      print("refused: \(proxy.node) at \(proxy.peer), \(proxy.at): \(proxy.cause)".printable)
    }
  }

  private static func table(_ proxies: [ProxyStatus]) -> Table {
    var table = Table(header: [
      "NODE", "CLUSTER", "ROLE", "PEER", "CONNECTED SINCE", "TYPE", "RESOURCES", "SENT",
      "ACKNOWLEDGED", "ACK MS", "STATE",
    ])
    for proxy in proxies {
      let names = [proxy.node, proxy.cluster, proxy.role, proxy.peer, proxy.connectedSince]
      for type in proxy.types { table.rows.append(names + cells(of: type)) }
      if proxy.types.isEmpty { table.rows.append(names + ["-", "", "", "", "", "connected"]) }
    }
    return table
  }

  private static func cells(of type: ResourceTypeStatus) -> [String] {
    let milliseconds = type.millisecondsToAck.map { "\(($0 * 10).rounded() / 10)" }
    return [
      type.type, "\(type.resources)", type.versionSent ?? "-", type.versionAcknowledged ?? "-",
      milliseconds ?? "-", state(of: type),
    ]
  }

  private static func state(of type: ResourceTypeStatus) -> String {
    if let nack = type.nack { return "refused: \(nack)" }
    if type.versionSent == nil {
      return type.subscribed == [] ? "asks for nothing" : "waiting for resources"
    }
    return type.versionSent == type.versionAcknowledged ? "in sync" : "waiting for the proxy"
  }
}
