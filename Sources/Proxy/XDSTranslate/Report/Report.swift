import Config

/// Collects what is to be said about one resource or file.
final class Report {
  private(set) var findings: [ConfigFinding] = []

  var isRejected: Bool { findings.contains { $0.standing == .rejected } }

  func add(
    _ standing: ConfigFinding.Standing, _ path: FieldPath, _ text: String,
    _ position: ConfigFinding.Position?
  ) {
    findings.append(ConfigFinding(standing, path: path.text, text: text, position: position))
  }

  func reject(_ path: FieldPath, _ text: String, _ position: ConfigFinding.Position?) {
    add(.rejected, path, text, position)
  }

  /// Rejections first, in the order of the file where places are known.
  var sorted: [ConfigFinding] {
    findings.enumerated().sorted { left, right in
      let a = (left.element.standing == .rejected ? 0 : 1, left.element.position?.line ?? 0)
      let b = (right.element.standing == .rejected ? 0 : 1, right.element.position?.line ?? 0)
      return a == b ? left.offset < right.offset : a < b
    }.map(\.element)
  }
}
