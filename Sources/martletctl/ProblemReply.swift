import Foundation

/// A refusal of the control plane, `application/problem+json`.
struct ProblemReply: Error, CustomStringConvertible {
  struct Fault: Decodable {
    /// From one.
    var document: Int?
    var object: String?
    var path: String
    var line: Int?
    var message: String
    var found: String?
    var accepted: [String]
  }

  private struct Body: Decodable {
    var type: String
    var detail: String
    var accepted: [String]?
    var faults: [Fault]?
  }

  /// What was refused as a whole.
  let detail: String
  /// Whether the faults say it all, and the detail nothing more.
  let isManifestFault: Bool
  let accepted: [String]
  let faults: [Fault]
  /// Where the lines of the push came from, when it was read from files.
  var sources = Sources()

  init(_ data: Data, status: Int, server: URL) {
    if let body = try? JSONDecoder().decode(Body.self, from: data) {
      detail = body.detail
      isManifestFault = body.type.hasSuffix(":invalid-manifest")
      accepted = body.accepted ?? []
      faults = body.faults ?? []
    } else {
      let text = String(decoding: data.prefix(200), as: UTF8.self)
      detail = "\(server) answered \(status); is it a control plane? \(text)"
      isManifestFault = false
      accepted = []
      faults = []
    }
  }

  /// One line per fault, or the detail when there are none.
  var description: String {
    guard !faults.isEmpty else {
      return accepted.isEmpty
        ? detail.printable
        : "\(detail.printable)\n  accepted: \(accepted.joined(separator: ", "))"
    }
    let lines = faults.map(describe)
    let head = isManifestFault ? "nothing was stored" : detail.printable
    return ([head] + lines).joined(separator: "\n")
  }

  private func describe(_ fault: Fault) -> String {
    var place: [String] = []
    if let line = fault.line, let file = sources.place(ofLine: line) { place.append(file) }
    if let object = fault.object { place.append(object) }
    if fault.object == nil, fault.line == nil, let document = fault.document {
      place.append("document \(document)")
    }
    if !fault.path.isEmpty { place.append(fault.path) }
    var text = "  " + (place + [fault.message]).joined(separator: ": ")
    if let found = fault.found { text += "\n    found: \(found.printable)" }
    if !fault.accepted.isEmpty {
      text += "\n    accepted: \(fault.accepted.joined(separator: ", "))"
    }
    return text
  }
}
