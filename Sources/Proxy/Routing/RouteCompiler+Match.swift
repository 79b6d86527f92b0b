import Config
import HTTPModel

extension RouteCompiler {
  mutating func matcher(_ config: RouteMatchConfig, salt: UInt64, at path: String) -> RouteMatcher {
    let pathMatcher = pathMatcher(config, at: path)
    let headers = program.headerMatchers.count
    for (index, header) in config.headers.enumerated() {
      let matcher = headerMatcher(header, at: "\(path).headers[\(index)]")
      program.headerMatchers.append(matcher)
    }
    let parameters = program.queryMatchers.count
    for (index, parameter) in config.queryParameters.enumerated() {
      let place = "\(path).query_parameters[\(index)].string_match"
      let value = parameter.string.map { valueMatcher($0, at: place) }
      program.queryMatchers.append(
        QueryMatcher(name: program.place(parameter.name), value: value))
    }
    return RouteMatcher(
      path: pathMatcher, headers: .init(headers..<program.headerMatchers.count),
      queryParameters: .init(parameters..<program.queryMatchers.count),
      fraction: config.fractionPerMillion, salt: salt)
  }

  private mutating func pathMatcher(_ config: RouteMatchConfig, at path: String) -> PathMatcher {
    var text = ""
    let kind: PathMatcher.Kind
    switch config.path {
    case .prefix(let prefix): (kind, text) = (.prefix, prefix)
    case .exact(let exact): (kind, text) = (.exact, exact)
    case .separatedPrefix(let prefix): (kind, text) = (.separatedPrefix, prefix)
    case .regex(let pattern):
      kind = .regex(
        regex(
          pattern, ignoresCase: !config.caseSensitive, extent: .wholeSubject,
          at: "\(path).safe_regex"))
    }
    if !config.caseSensitive { text = text.asciiLowercased }
    let place = program.place(text)
    return PathMatcher(
      kind: kind, text: place, ignoresCase: !config.caseSensitive, bytes: program.text)
  }

  private mutating func headerMatcher(
    _ config: HeaderMatcherConfig, at path: String
  ) -> HeaderMatcher {
    let condition: HeaderMatcher.Condition
    switch config.condition {
    case .string(let string):
      condition = .value(valueMatcher(string, at: "\(path).string_match"))
    case .range(let start, let end): condition = .range(start: start, end: end)
    case .present(let wanted): condition = .present(wanted)
    }
    return HeaderMatcher(
      subject: subject(config.name, at: path), condition: condition, inverts: config.invert,
      treatsMissingAsEmpty: config.treatMissingAsEmpty)
  }

  private mutating func subject(_ name: String, at path: String) -> HeaderMatcher.Subject {
    switch name.asciiLowercased {
    case ":method": return .method
    case ":path": return .path
    case ":scheme": return .scheme
    case ":authority", "host": return .authority
    case let name:
      if !name.isHeaderName {
        reject(
          "\(path).name",
          "\"\(name)\" is no header name; accepted: a token, :method, :path, :scheme, :authority")
      }
      return .field(program.fieldName(name))
    }
  }

  private mutating func valueMatcher(
    _ config: StringMatcherConfig, at path: String
  ) -> ValueMatcher {
    func folded(_ text: String) -> String { config.ignoreCase ? text.asciiLowercased : text }
    let pattern: ValueMatcher.Pattern
    switch config.pattern {
    case .exact(let text): pattern = .exact(program.place(folded(text)))
    case .prefix(let text): pattern = .prefix(program.place(folded(text)))
    case .suffix(let text): pattern = .suffix(program.place(folded(text)))
    case .contains(let text): pattern = .contains(program.place(folded(text)))
    case .regex(let text):
      pattern = .regex(
        regex(
          text, ignoresCase: config.ignoreCase, extent: .wholeSubject, at: "\(path).safe_regex"))
    }
    return ValueMatcher(pattern: pattern, ignoresCase: config.ignoreCase)
  }
}

extension String {
  /// A token (RFC 9110 section 5.6.2) short enough for a head's field table.
  var isHeaderName: Bool {
    !isEmpty && utf8.count <= 1024 && utf8.allSatisfy { ASCII.isToken($0) }
  }
}
