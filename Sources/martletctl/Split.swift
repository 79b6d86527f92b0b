import ArgumentParser
import Foundation
import MeshModel

struct Split: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sets the weights of a traffic split.",
    discussion: """
      For example: martletctl split my-service v1=50 v2=50
      A short backend name stands for SERVICE-NAME when there is no Service NAME. The split of the \
      service is changed when it has one, else one of the service's name is made. A backend of it \
      that is not named leaves the split.
      """)

  @Argument(help: "The service clients call.")
  var service: String

  @Argument(help: "BACKEND=WEIGHT, at least one; weights are relative.", transform: Share.parse)
  var shares: [Share]

  @OptionGroup var namespace: NamespaceOption
  @OptionGroup var options: ServerOptions

  func run() throws {
    let client = try options.client
    let services = try list(.service, client).map(\.metadata.name)
    let splits = try list(.trafficSplit, client)
    let split = splits.first { rootName($0) == service }
    let name = split?.metadata.name ?? service
    let names = shares.map { expanded($0.backend, services) }
    let backends = zip(names, shares).map { name, share in
      "{\"service\":\"\(name)\",\"weight\":\(share.weight)}"
    }
    let manifest = """
      {"apiVersion":"\(SMIVersion.v1alpha4.rawValue)","kind":"TrafficSplit",\
      "metadata":{"name":"\(name)","namespace":"\(namespace.namespace)"},\
      "spec":{"service":"\(service)","backends":[\(backends.joined(separator: ","))]}}
      """
    try Push(client: client, output: options.output)
      .send(manifest, contentType: "application/json")
    for backend in split?.spec?.backends ?? [] where !names.contains(backend.service) {
      tell("\(backend.service) (weight \(backend.weight)) is no longer a backend of the split")
    }
  }

  /// Beside the answer, which may be JSON or YAML.
  private func tell(_ note: String) {
    FileHandle.standardError.write(Data("note: \(note)\n".utf8))
  }

  func validate() throws {
    let words = [service, namespace.namespace] + shares.map(\.backend)
    for word in words where word.contains(where: { $0 == "\"" || $0 == "\\" || $0.isNewline }) {
      throw ValidationError("\(word) is no name")
    }
  }

  private func list(
    _ kind: MeshKind, _ client: ControlClient
  ) throws -> [ObjectDocument] {
    let path = ["v1", kind.plural, namespace.namespace]
    return try client.call("GET", path).decoded(as: ObjectList.self).items
  }

  /// The service of a split, which may be written with its namespace.
  private func rootName(_ document: ObjectDocument) -> String? {
    document.spec?.service.map { String($0.prefix { $0 != "." }) }
  }

  private func expanded(_ backend: String, _ services: [String]) -> String {
    services.contains(backend) ? backend : "\(service)-\(backend)"
  }
}

/// One `BACKEND=WEIGHT` of the command line.
struct Share {
  var backend: String
  var weight: UInt32

  static func parse(_ text: String) throws -> Self {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw ValidationError("\(text) is no share; write BACKEND=WEIGHT, for example v1=50")
    }
    guard let weight = UInt32(parts[1]) else {
      throw ValidationError(
        "the weight in \(text) is not taken; accepted: a whole number from 0 to \(UInt32.max)")
    }
    return Self(backend: String(parts[0]), weight: weight)
  }
}
