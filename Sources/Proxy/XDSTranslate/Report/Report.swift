import Config

/// Collects what is to be said about one resource or file.
final class Report {
  private(set) var findings: [ConfigFinding] = []
  /// How many of the first findings are of values that could not be read.
  private var unreadableCount = 0
  /// The paths of those values, and of all that they are part of.
  private var unreadable: Set<String> = []

  private let file: String?

  /// - Parameter file: where positions count, nil for a resource from the control plane.
  init(file: String? = nil) { self.file = file }

  var isRejected: Bool { findings.contains { $0.standing == .rejected } }

  var rejectionCount: Int { findings.count { $0.standing == .rejected } }

  func add(
    _ standing: ConfigFinding.Standing, _ path: FieldPath, _ text: String,
    _ position: ConfigFinding.Position?
  ) {
    findings.append(
      ConfigFinding(standing, path: path.text, text: text, position: position, file: file))
  }

  /// Marks the end of reading: where a value could not be read, translating finds it missing, which
  /// needs no second finding.
  func beginTranslation() {
    unreadableCount = findings.count
    for finding in findings {
      let path = finding.path
      unreadable.insert(path)
      for index in path.indices where path[index] == "." || path[index] == "[" {
        unreadable.insert(String(path[..<index]))
      }
    }
  }

  func reject(_ path: FieldPath, _ text: String, _ position: ConfigFinding.Position?) {
    if unreadableCount > 0, unreadable.contains(path.text) { return }
    add(.rejected, path, text, position)
  }

  /// What could not be read, of which further faults may come, then what is rejected, then what needs a
  /// look, then what is ignored; each in the order of the file where places are known.
  var sorted: [ConfigFinding] {
    let ranked = findings.enumerated().map { offset, finding in
      let (line, column) = (finding.position?.line ?? 0, finding.position?.column ?? 0)
      let rank = offset < unreadableCount ? 0 : finding.standing.rank
      return (order: (rank, line, column, offset), finding: finding)
    }
    return ranked.sorted { $0.order < $1.order }.map(\.finding)
  }
}

extension ConfigFinding.Standing {
  /// The lower, the sooner it is told.
  fileprivate var rank: Int {
    switch self {
    case .rejected: 1
    case .warned: 2
    case .ignored: 3
    }
  }
}
