import ArgumentParser
import MeshModel

/// The operator's command line.
@main
struct MartletCtl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "martletctl",
    abstract: "Declares the mesh to martlet-control and shows how far the proxies are with it.",
    discussion: """
      The control plane is found by --server or MARTLET_CONTROL, at http://127.0.0.1:18001 when \
      neither is given. Completion for a shell: martletctl --generate-completion-script bash
      """,
    version: "martletctl \(martletVersion)",
    subcommands: [Apply.self, Get.self, Delete.self, Split.self, Status.self])

  /// The subcommands have the same, so that these options may stand before their name or after.
  @OptionGroup var options: ServerOptions
}
