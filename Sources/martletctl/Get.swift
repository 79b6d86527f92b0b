import ArgumentParser
import MeshModel

struct Get: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows objects: all of a kind, or one by its name.")

  @Argument(
    help: "services (svc), endpointslices (eps), trafficsplits (ts) or xdsresources (xds).",
    completion: .kinds,
    transform: MeshKind.parse)
  var kind: MeshKind

  @Argument(help: "Name of one object.")
  var name: String?

  @OptionGroup var namespace: NamespaceOption

  @Flag(name: [.customShort("A"), .long], help: "Objects of every namespace.")
  var allNamespaces = false

  @OptionGroup var options: ServerOptions

  func validate() throws {
    if name != nil, allNamespaces {
      throw ValidationError("a name belongs to one namespace; leave out --all-namespaces")
    }
  }

  func run() throws {
    var path = ["v1", kind.plural]
    if !allNamespaces { path.append(namespace.namespace) }
    if let name { path.append(name) }
    let reply = try options.client.call("GET", path, accept: options.output)
    guard options.output == .table else {
      return print(reply.text(as: options.output), terminator: "")
    }
    let documents =
      name == nil
      ? try reply.decoded(as: ObjectList.self).items
      : [try reply.decoded(as: ObjectDocument.self)]
    guard !documents.isEmpty else {
      let place = allNamespaces ? "" : " in namespace \(namespace.namespace)"
      return print("no \(kind.plural)\(place)")
    }
    print(ObjectDocument.table(of: documents, kind: kind).text)
  }
}

extension MeshKind {
  /// Reads a kind in any of its spellings.
  ///
  /// - Throws: `ValidationError` with the nearest kind.
  static func parse(_ spelling: String) throws -> Self {
    if let kind = Self(spelling: spelling) { return kind }
    let near = nearestHint(to: spelling, in: spellings)
    let accepted = allCases.map(\.plural).joined(separator: ", ")
    throw ValidationError("no kind \"\(spelling)\"\(near) (accepted: \(accepted))")
  }
}

extension CompletionKind {
  static var kinds: CompletionKind { .list(MeshKind.allCases.map(\.plural)) }
}
