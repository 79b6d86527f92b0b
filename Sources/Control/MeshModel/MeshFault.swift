/// What is wrong with a pushed document, in words an operator can act on.
public struct MeshFault: Error, Hashable, Sendable {
  /// Most faults of one push that are looked for: whoever mends a hundred asks again.
  public static let limit = 100

  /// Position of the document in the push, from zero; nil when the fault is in what is stored.
  public var document: Int?
  /// The object the document declares, when that much could be read.
  public var object: ObjectKey?
  /// Where in the document; empty for the document as a whole.
  public var path: FieldPath
  /// Line in the pushed text, from one.
  public var line: Int?
  /// One sentence: what is wrong.
  public var message: String
  /// The offending value as it was written.
  public var found: String?
  /// What would be taken in its place.
  public var accepted: [String]

  public init(
    _ message: String, path: FieldPath = FieldPath(), line: Int? = nil, found: String? = nil,
    accepted: [String] = [], document: Int? = nil, object: ObjectKey? = nil
  ) {
    self.message = message
    self.path = path
    self.line = line
    self.found = found
    self.accepted = accepted
    self.document = document
    self.object = object
  }
}

extension MeshFault: CustomStringConvertible {
  /// For example `document 2, line 14, spec.service: no Service of this name; found "x"`.
  public var description: String {
    var place: [String] = []
    if let document { place.append("document \(document + 1)") }
    if let object { place.append("\(object)") }
    if let line { place.append("line \(line)") }
    if !path.steps.isEmpty { place.append("\(path)") }
    var text = place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
    if let found { text += "; found \(found)" }
    if !accepted.isEmpty { text += "; accepted: \(accepted.joined(separator: ", "))" }
    return text
  }
}
