import Config
import HTTPModel

/// What one level changes.
struct LevelMutations {
  var request: ElementRange
  var response: ElementRange
}

extension RouteCompiler {
  mutating func mutations(_ config: HeaderMutationsConfig, at path: String) -> LevelMutations {
    LevelMutations(
      request: mutations(
        add: config.requestAdd, remove: config.requestRemove, at: "\(path).request_headers",
        isRequest: true),
      response: mutations(
        add: config.responseAdd, remove: config.responseRemove, at: "\(path).response_headers",
        isRequest: false))
  }

  /// Removals run before additions.
  private mutating func mutations(
    add: [HeaderValueConfig], remove: [String], at path: String, isRequest: Bool
  ) -> ElementRange {
    var list: [HeaderMutation] = []
    for (index, name) in remove.enumerated() {
      let place = "\(path)_to_remove[\(index)]"
      list.append(.init(name: mutableName(name, at: place), change: .remove))
    }
    for (index, header) in add.enumerated() {
      let place = "\(path)_to_add[\(index)]"
      let name = mutableName(header.name, at: "\(place).header.key")
      var parser = ValueFormatParser(header.value, isRequest: isRequest, hostName: hostName)
      switch parser.parse(&program) {
      case .success(let format):
        list.append(.init(name: name, change: .write(header.appendAction, format)))
      case .failure(let fault): reject("\(place).header.value", fault.text)
      }
    }
    let start = program.mutations.count
    program.mutations += list
    return .init(start..<program.mutations.count)
  }

  /// A header that may be changed: not a pseudo-header, the host, or what frames the message.
  private mutating func mutableName(_ name: String, at path: String) -> FieldName {
    let fixed: Set<KnownHeader> = [.host, .contentLength, .transferEncoding, .connection]
    let field = headerName(name, at: path)
    if fixed.contains(field.known) {
      reject(path, "\"\(name)\" may not be changed here; accepted: any other header name")
    }
    return field
  }
}
