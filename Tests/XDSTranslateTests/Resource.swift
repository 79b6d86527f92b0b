import Config
import Patterns
import Testing

@testable import XDSTranslate

/// Takes a message written as YAML to its wire form, as a control plane would send it.
func wire(_ yaml: String, as type: String, sourceLocation: SourceLocation = #_sourceLocation)
  throws -> [UInt8]
{
  MessageEncoder.encode(try message(yaml, as: type, sourceLocation: sourceLocation))
}

/// Reads a message written as YAML; a fault fails the test.
func message(_ yaml: String, as type: String, sourceLocation: SourceLocation = #_sourceLocation)
  throws -> Message
{
  let report = Report()
  let descriptor = try #require(Schema.shared.message(named: type))
  let decoded = NodeDecoder(report: report).decode(
    try YAMLComposer.compose(Array(yaml.utf8)), as: descriptor, .root)
  #expect(report.findings.isEmpty, sourceLocation: sourceLocation)
  return try #require(decoded, sourceLocation: sourceLocation)
}

/// The bytes of a length-delimited field that `xds/proto` may not declare.
func rawField(_ number: UInt32, _ content: [UInt8]) -> [UInt8] {
  var bytes: [UInt8] = []
  for value in [UInt64(number) << 3 | 2, UInt64(content.count)] {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
  return bytes + content
}

extension FormatString {
  /// A literal value, which must be well-formed.
  static func parsed(_ text: String) -> FormatString {
    do throws(FormatFault) { return try FormatString(parsing: text, in: .accessLog) } catch {
      preconditionFailure(error.text)
    }
  }
}

extension RegularExpression {
  /// A literal pattern for a whole subject, which must compile.
  static func literal(_ pattern: String, ignoresCase: Bool = false) -> RegularExpression {
    do throws(PatternFault) {
      return try RegularExpression(pattern, ignoresCase: ignoresCase, extent: .wholeSubject)
    } catch {
      preconditionFailure(error.reason)
    }
  }
}
