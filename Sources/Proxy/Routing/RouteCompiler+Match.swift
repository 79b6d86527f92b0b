import Config
import HTTPModel

extension RouteCompiler {
  mutating func matcher(_ config: RouteMatchConfig, salt: UInt64) -> RouteMatcher {
    let pathMatcher = pathMatcher(config)
    let headers = program.headerMatchers.count
    for header in config.headers { program.headerMatchers.append(headerMatcher(header)) }
    let parameters = program.queryMatchers.count
    for parameter in config.queryParameters {
      let value = parameter.string.map { valueMatcher($0) }
      program.queryMatchers.append(
        QueryMatcher(name: program.place(parameter.name), value: value))
    }
    return RouteMatcher(
      path: pathMatcher, headers: .init(headers..<program.headerMatchers.count),
      queryParameters: .init(parameters..<program.queryMatchers.count),
      fraction: config.fractionPerMillion, clientCertificate: config.clientCertificate,
      takesGRPCOnly: config.takesGRPCOnly, salt: salt)
  }

  private mutating func pathMatcher(_ config: RouteMatchConfig) -> PathMatcher {
    var text = ""
    let kind: PathMatcher.Kind
    switch config.path {
    case .prefix(let prefix): (kind, text) = (.prefix, prefix)
    case .exact(let exact): (kind, text) = (.exact, exact)
    case .separatedPrefix(let prefix): (kind, text) = (.separatedPrefix, prefix)
    case .regex(let pattern): kind = .regex(program.add(pattern))
    case .connect: kind = .connect
    }
    if !config.caseSensitive { text = text.asciiLowercased }
    let place = program.place(text)
    return PathMatcher(
      kind: kind, text: place, ignoresCase: !config.caseSensitive, bytes: program.text)
  }

  private mutating func headerMatcher(_ config: HeaderMatcherConfig) -> HeaderMatcher {
    let condition: HeaderMatcher.Condition
    switch config.condition {
    case .string(let string): condition = .value(valueMatcher(string))
    case .range(let start, let end): condition = .range(start: start, end: end)
    case .present(let wanted): condition = .present(wanted)
    }
    return HeaderMatcher(
      subject: subject(config.name), condition: condition, inverts: config.invert,
      treatsMissingAsEmpty: config.treatMissingAsEmpty)
  }

  private mutating func subject(_ name: String) -> HeaderMatcher.Subject {
    switch name.asciiLowercased {
    case ":method": return .method
    case ":path": return .path
    case ":scheme": return .scheme
    case ":authority", "host": return .authority
    case let name: return .field(program.fieldName(name))
    }
  }

  private mutating func valueMatcher(_ config: StringMatcherConfig) -> ValueMatcher {
    func folded(_ text: String) -> String { config.ignoreCase ? text.asciiLowercased : text }
    let pattern: ValueMatcher.Pattern
    switch config.pattern {
    case .exact(let text): pattern = .exact(program.place(folded(text)))
    case .prefix(let text): pattern = .prefix(program.place(folded(text)))
    case .suffix(let text): pattern = .suffix(program.place(folded(text)))
    case .contains(let text): pattern = .contains(program.place(folded(text)))
    case .regex(let expression): pattern = .regex(program.add(expression))
    }
    return ValueMatcher(pattern: pattern, ignoresCase: config.ignoreCase)
  }
}
