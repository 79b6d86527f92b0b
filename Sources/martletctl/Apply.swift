import ArgumentParser

struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stores every document of the files in one transaction, or none.")

  @OptionGroup var manifests: FileOption

  @Flag(help: "Check everything and store nothing.")
  var dryRun = false

  @OptionGroup var options: ServerOptions

  func run() throws {
    let sources = try Sources(reading: manifests.files)
    let push = Push(client: try options.client, output: options.output, isDryRun: dryRun)
    try push.send(sources.text, sources: sources)
  }

  func validate() throws {
    if manifests.files.isEmpty { throw ValidationError("which manifests? give -f FILE") }
  }
}

/// Where manifests are read from.
struct FileOption: ParsableArguments {
  @Option(
    name: [.customShort("f"), .customLong("filename")],
    help: "A file, a directory, or - for standard input; may be given again.",
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var files: [String] = []
}

/// One call of `apply` or `delete`, and what is printed of its answer.
struct Push {
  var client: ControlClient
  var output: OutputFormat
  var isDryRun = false
  /// The last part of the call's path.
  var verb = "apply"

  private var dryRunMark: String { isDryRun ? " (dry run)" : "" }

  struct Reply: Decodable {
    struct Object: Decodable {
      var kind: String
      var namespace: String
      var name: String
      var change: String
      var ignored: [String]
    }

    var revision: UInt64
    var objects: [Object]
  }

  func send(
    _ text: String, contentType: String = "application/yaml", sources: Sources = Sources()
  ) throws {
    let reply: ControlClient.Reply
    do {
      reply = try client.call(
        "POST", ["v1", verb], query: isDryRun ? ["dryRun": "true"] : [:], body: text,
        contentType: contentType, accept: output)
    } catch var problem as ProblemReply {
      problem.sources = sources
      throw problem
    }
    guard output == .table else { return print(reply.text(as: output), terminator: "") }
    let decoded = try reply.decoded(as: Reply.self)
    for object in decoded.objects {
      print("\(object.kind) \(object.namespace)/\(object.name) \(object.change)\(dryRunMark)")
      for path in object.ignored { print("  ignored: \(path) has no effect") }
    }
    print(isDryRun ? "nothing changed (dry run)" : "revision \(decoded.revision)")
  }
}
