import Config
import HTTPModel

/// What one level changes.
struct LevelMutations {
  var request: ElementRange
  var response: ElementRange
}

extension RouteCompiler {
  mutating func mutations(_ config: HeaderMutationsConfig) -> LevelMutations {
    LevelMutations(
      request: mutations(add: config.requestAdd, remove: config.requestRemove),
      response: mutations(add: config.responseAdd, remove: config.responseRemove))
  }

  /// Removals run before additions.
  private mutating func mutations(
    add: [HeaderValueConfig], remove: [String]
  ) -> ElementRange {
    let start = program.mutations.count
    for name in remove {
      program.mutations.append(.init(name: program.fieldName(name), change: .remove))
    }
    for header in add {
      let format = valueFormat(header.value)
      program.mutations.append(
        .init(name: program.fieldName(header.name), change: .write(header.appendAction, format)))
    }
    return .init(start..<program.mutations.count)
  }

  private mutating func valueFormat(_ format: FormatString) -> ValueFormat {
    let start = program.formatParts.count
    for piece in format.pieces { program.formatParts.append(part(piece)) }
    return ValueFormat(parts: .init(start..<program.formatParts.count))
  }

  private mutating func part(_ piece: FormatString.Piece) -> FormatPart {
    switch piece {
    case .text(let text): .literal(program.place(text))
    case .value(.hostName): .literal(program.place(hostName))
    case .value(let value): .value(value)
    case .field(let field):
      .field(
        .init(
          isResponse: field.isResponse, name: referenced(field.name),
          other: field.alternative.map { referenced($0) }, maxBytes: field.maxBytes ?? .max))
    }
  }

  private mutating func referenced(_ name: FieldOperator.Name) -> FormatPart.ReferencedName {
    switch name {
    case .header(let name): .field(program.fieldName(name))
    case .method: .method
    case .path: .path
    case .authority: .authority
    case .scheme: .scheme
    case .status: .status
    }
  }
}
