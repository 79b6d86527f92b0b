import Config
import Patterns

extension RouteMatchConfig {
  init?(translating view: MessageView) {
    let caseSensitive = view.wrappedBool("case_sensitive") ?? true
    let path = Self.path(of: view, ignoresCase: !caseSensitive)
    let headers = view.views("headers").compactMap { HeaderMatcherConfig(translating: $0) }
    let parameters = view.views("query_parameters").compactMap {
      QueryParameterMatcherConfig(translating: $0)
    }
    let fraction = Self.fraction(of: view)
    guard let path else { return nil }
    self.init(
      path: path, caseSensitive: caseSensitive, headers: headers, queryParameters: parameters,
      fractionPerMillion: fraction)
    takesGRPCOnly = view.view("grpc") != nil
    if let certificate = view.view("tls_context") {
      clientCertificate.isPresented = certificate.wrappedBool("presented")
      clientCertificate.isValidated = certificate.wrappedBool("validated")
    }
  }

  private static func path(of view: MessageView, ignoresCase: Bool) -> Path? {
    if let prefix = view.stringIfSet("prefix") {
      view.checkPath("prefix", prefix)
      return .prefix(prefix)
    }
    if let path = view.stringIfSet("path") {
      view.checkPath("path", path)
      return .exact(path)
    }
    if let prefix = view.stringIfSet("path_separated_prefix") {
      if prefix.hasSuffix("/") {
        let accepted = "a path that does not end with /"
        view.reject("path_separated_prefix", found: prefix, accepted: accepted)
      } else {
        view.checkPath("path_separated_prefix", prefix)
      }
      return .separatedPrefix(prefix)
    }
    if view.has("safe_regex") {
      return view.regex("safe_regex", ignoresCase: ignoresCase).map { .regex($0) }
    }
    if view.has("connect_matcher") { return .connect }
    if view.has("path_match_policy") {
      view.reject("path_match_policy", "not implemented; \(accepted)")
      return nil
    }
    view.reject("a path condition is required; \(accepted)")
    return nil
  }

  private static let accepted =
    "accepted: prefix, path, safe_regex, path_separated_prefix, connect_matcher"

  private static func fraction(of view: MessageView) -> Int? {
    guard let fraction = view.view("runtime_fraction") else { return nil }
    guard let value = fraction.view("default_value") else {
      fraction.reject("default_value", "required")
      return nil
    }
    return value.partsPerMillion()
  }
}

extension MessageView {
  /// Reads a `type.v3.FractionalPercent`, no more than the whole.
  func partsPerMillion() -> Int {
    let numerator = Int(unsigned("numerator"))
    let whole =
      switch enumerationName("denominator") {
      case "TEN_THOUSAND": 10_000
      case "MILLION": 1_000_000
      default: 100
      }
    if numerator > whole { reject("numerator", "found \(numerator), accepted: 0 to \(whole)") }
    return min(numerator, whole) * (1_000_000 / whole)
  }

  /// What no path of a request can have is refused (RFC 9112 section 3.2).
  fileprivate func checkPath(_ name: String, _ path: String) {
    if !path.hasPrefix("/") {
      reject(name, found: path, accepted: "a path that begins with /")
    } else if !HeaderText.isVisible(path) || path.contains("?") || path.contains("#") {
      reject(name, found: path, accepted: "a path in visible ASCII, without ? and #")
    }
  }

  /// A `type.matcher.v3.RegexMatcher` field, compiled.
  func regex(
    _ name: String, ignoresCase: Bool, _ extent: RegularExpression.Extent = .wholeSubject
  ) -> RegularExpression? {
    guard let matcher = view(name) else { return nil }
    matcher.view("google_re2")?.accept("max_program_size")
    let pattern = matcher.required("regex")
    if pattern.isEmpty { return nil }
    do throws(PatternFault) {
      return try RegularExpression(pattern, ignoresCase: ignoresCase, extent: extent)
    } catch {
      let reason = "does not compile: \(error.reason) at byte \(error.offset)"
      matcher.reject("regex", "\"\(pattern)\" \(reason); accepted: a PCRE2 pattern")
      return nil
    }
  }

  /// A `type.matcher.v3.StringMatcher` field.
  func stringMatcher(_ name: String) -> StringMatcherConfig? {
    guard let matcher = view(name) else { return nil }
    let ignoreCase = matcher.bool("ignore_case")
    let pattern: StringMatcherConfig.Pattern
    if let text = matcher.stringIfSet("exact") {
      pattern = .exact(text)
    } else if let text = matcher.stringIfSet("prefix") {
      pattern = .prefix(text)
    } else if let text = matcher.stringIfSet("suffix") {
      pattern = .suffix(text)
    } else if let text = matcher.stringIfSet("contains") {
      pattern = .contains(text)
    } else if matcher.has("safe_regex") {
      guard let regex = matcher.regex("safe_regex", ignoresCase: ignoreCase) else { return nil }
      pattern = .regex(regex)
    } else {
      matcher.reject("a pattern is required; accepted: exact, prefix, suffix, contains, safe_regex")
      return nil
    }
    return StringMatcherConfig(pattern, ignoreCase: ignoreCase)
  }
}

extension HeaderMatcherConfig {
  fileprivate init?(translating view: MessageView) {
    let name = view.required("name").lowercased()
    if !name.isEmpty && !HeaderText.isName(name) && !Self.pseudoHeaders.contains(name) {
      let accepted = "a header name, \(Self.pseudoHeaders.joined(separator: ", "))"
      view.reject("name", found: name, accepted: accepted)
    }
    let invert = view.bool("invert_match")
    let treatMissing = view.bool("treat_missing_header_as_empty")
    guard let condition = Self.condition(of: view) else { return nil }
    self.init(name: name, condition: condition, invert: invert, treatMissingAsEmpty: treatMissing)
  }

  private static let pseudoHeaders = [":authority", ":method", ":path", ":scheme"]

  /// nil only after a finding; a matcher without a condition asks for presence.
  private static func condition(of view: MessageView) -> Condition? {
    if view.has("string_match") { return view.stringMatcher("string_match").map { .string($0) } }
    if let text = view.stringIfSet("exact_match") { return .string(.init(.exact(text))) }
    if let text = view.stringIfSet("prefix_match") { return .string(.init(.prefix(text))) }
    if let text = view.stringIfSet("suffix_match") { return .string(.init(.suffix(text))) }
    if let text = view.stringIfSet("contains_match") { return .string(.init(.contains(text))) }
    if view.has("safe_regex_match") {
      return view.regex("safe_regex_match", ignoresCase: false).map { .string(.init(.regex($0))) }
    }
    if let range = view.view("range_match") {
      let (start, end) = (range.signed("start"), range.signed("end"))
      if end <= start {
        range.reject("end", "found \(end), accepted: more than start, which is \(start)")
      }
      return .range(start: start, end: end)
    }
    return .present(view.boolIfSet("present_match") ?? true)
  }
}

extension QueryParameterMatcherConfig {
  fileprivate init?(translating view: MessageView) {
    let name = view.required("name")
    if view.has("string_match") {
      guard let matcher = view.stringMatcher("string_match") else { return nil }
      self.init(name: name, string: matcher)
      return
    }
    if view.boolIfSet("present_match") == false {
      view.reject("present_match", "found false, accepted: true")
    }
    self.init(name: name, string: nil)
  }
}
