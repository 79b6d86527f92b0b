import ArgumentParser
import MeshModel

struct Delete: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Removes objects that no other needs: one by its name, or those of manifests.",
    usage: """
      martletctl delete KIND NAME [-n NAMESPACE]
      martletctl delete -f FILE|DIRECTORY|-
      """,
    discussion: """
      The objects of manifests go in one transaction, or none does; one that is not there is \
      reported as absent. Of each document only apiVersion, kind and metadata matter.
      """)

  @Argument(
    help: "service (svc), endpointslice (eps), trafficsplit (ts) or xdsresource (xds).",
    completion: .kinds,
    transform: MeshKind.parse)
  var kind: MeshKind?

  @Argument(help: "Name of the object.")
  var name: String?

  @OptionGroup var manifests: FileOption

  @Flag(help: "Check everything and remove nothing; with -f.")
  var dryRun = false

  @OptionGroup var namespace: NamespaceOption
  @OptionGroup var options: ServerOptions

  private struct Reply: Decodable {
    var revision: UInt64
  }

  func validate() throws {
    if manifests.files.isEmpty {
      guard kind != nil, name != nil else {
        throw ValidationError("what is to go? give KIND NAME, or -f FILE")
      }
      if dryRun { throw ValidationError("--dry-run goes with -f") }
    } else if kind != nil {
      throw ValidationError("give either KIND NAME or -f FILE, not both")
    }
  }

  func run() throws {
    guard let kind, let name else {
      let sources = try Sources(reading: manifests.files)
      let push = Push(
        client: try options.client, output: options.output, isDryRun: dryRun, verb: "delete")
      return try push.send(sources.text, sources: sources)
    }
    let reply = try options.client.call(
      "DELETE", ["v1", kind.plural, namespace.namespace, name], accept: options.output)
    guard options.output == .table else {
      return print(reply.text(as: options.output), terminator: "")
    }
    print("\(kind.rawValue) \(namespace.namespace)/\(name) deleted")
    print("revision \(try reply.decoded(as: Reply.self).revision)")
  }
}
