import MeshModel

/// How much one push may hold, which is told before anything is built of it.
struct DocumentLimits {
  /// Values, keys included: a mesh of some ten thousand services.
  var values = 500_000
  /// Lists and mappings within one another.
  var depth = 100

  func tooMany(line: Int) -> MeshFault {
    MeshFault("the push holds more than \(values) values", line: line)
  }

  func tooDeep(at path: FieldPath, line: Int, _ what: String) -> MeshFault {
    MeshFault(
      "nested too deeply", path: path, line: line, found: what,
      accepted: ["at most \(depth) lists and mappings within one another"])
  }
}
