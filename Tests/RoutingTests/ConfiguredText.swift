import Config
import Patterns

extension FormatString: ExpressibleByStringLiteral {
  /// A literal value with operators, as a response may hold them.
  public init(stringLiteral text: String) {
    do throws(FormatFault) { try self.init(parsing: text, in: .responseHeader) } catch {
      preconditionFailure(error.text)
    }
  }
}

extension RegularExpression {
  /// A literal pattern.
  static func literal(
    _ pattern: String, ignoresCase: Bool = false, _ extent: Extent = .wholeSubject
  ) -> RegularExpression {
    do throws(PatternFault) {
      return try RegularExpression(pattern, ignoresCase: ignoresCase, extent: extent)
    } catch {
      preconditionFailure("\(pattern): \(error.reason)")
    }
  }
}

extension RouteMatchConfig.Path {
  static func matching(_ pattern: String, ignoresCase: Bool = false) -> Self {
    .regex(.literal(pattern, ignoresCase: ignoresCase))
  }
}

extension StringMatcherConfig.Pattern {
  static func matching(_ pattern: String) -> Self { .regex(.literal(pattern)) }
}

extension RegexRewriteConfig {
  static func rewrite(_ pattern: String, _ substitution: String) -> Self {
    do throws(FormatFault) {
      return try Self(pattern: .literal(pattern, .anyPart), substitution: substitution)
    } catch {
      preconditionFailure(error.text)
    }
  }
}
