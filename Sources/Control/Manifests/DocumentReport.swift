import MeshModel

/// What was found about one document while it was read.
final class DocumentReport {
  /// At most `MeshFault.limit`, in the order they were found.
  private(set) var faults: [MeshFault] = []
  /// Fields that were given and have no effect here.
  private(set) var ignored: [FieldPath] = []

  func fault(_ fault: MeshFault) {
    if faults.count < MeshFault.limit { faults.append(fault) }
  }

  func ignore(_ path: FieldPath) {
    ignored.append(path)
  }

  /// - Throws: every fault, in the order of the document.
  func check(object: ObjectKey?) throws(ManifestFaults) {
    guard !faults.isEmpty else { return }
    throw ManifestFaults(
      faults.sorted { ($0.line ?? 0) < ($1.line ?? 0) }.map { fault in
        var fault = fault
        fault.object = object
        return fault
      })
  }
}
