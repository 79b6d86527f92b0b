import Config

/// Collects what is to be said about one resource or file.
final class Report {
  private(set) var findings: [ConfigFinding] = []
  /// Where values could not be read; these findings come first in `findings`.
  private var unreadablePaths: [String] = []

  private let file: String?
  private let checkRoutes: (RouteConfigurationConfig, String) -> [ConfigFinding]
  /// See `loadBootstrap`.
  let checkLogFormat: (String) -> String?

  /// - Parameters:
  ///   - file: where positions count, nil for a resource from the control plane.
  ///   - checkRoutes, checkLogFormat: see `loadBootstrap`.
  init(
    file: String? = nil,
    checkRoutes: @escaping (RouteConfigurationConfig, String) -> [ConfigFinding] = { _, _ in [] },
    checkLogFormat: @escaping (String) -> String? = { _ in nil }
  ) {
    self.file = file
    self.checkLogFormat = checkLogFormat
    self.checkRoutes = checkRoutes
  }

  var isRejected: Bool { findings.contains { $0.standing == .rejected } }

  func add(
    _ standing: ConfigFinding.Standing, _ path: FieldPath, _ text: String,
    _ position: ConfigFinding.Position?
  ) {
    findings.append(
      ConfigFinding(standing, path: path.text, text: text, position: position, file: file))
  }

  /// Marks the end of reading: where a value could not be read, translating finds it missing, which
  /// needs no second finding.
  func beginTranslation() { unreadablePaths = findings.map(\.path) }

  func reject(_ path: FieldPath, _ text: String, _ position: ConfigFinding.Position?) {
    if !unreadablePaths.isEmpty {
      let here = path.text
      let isKnown = unreadablePaths.contains {
        $0 == here || $0.hasPrefix(here + ".") || $0.hasPrefix(here + "[")
      }
      if isKnown { return }
    }
    add(.rejected, path, text, position)
  }

  /// Adds what the routes' compiler says of a table, with its places in the file.
  func check(_ routes: RouteConfigurationConfig, translatedFrom view: MessageView) {
    let path = view.path.text
    for finding in checkRoutes(routes, path) where finding.path.hasPrefix(path) {
      var placed = finding
      placed.file = file
      placed.position = view.message.position(at: finding.path.dropFirst(path.count))
      findings.append(placed)
    }
  }

  /// What could not be read, then what is rejected, then what is ignored; each in the order of the
  /// file where places are known.
  var sorted: [ConfigFinding] {
    let ranked = findings.enumerated().map { offset, finding in
      let rank = offset < unreadablePaths.count ? 0 : finding.standing == .rejected ? 1 : 2
      return (order: (rank, finding.position?.line ?? 0, offset), finding: finding)
    }
    return ranked.sorted { $0.order < $1.order }.map(\.finding)
  }
}
