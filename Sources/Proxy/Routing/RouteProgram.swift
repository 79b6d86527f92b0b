import Config
import HTTPModel
import Patterns

/// Everything a compiled route table needs while it runs, in flat arrays of plain values: walking
/// them touches no reference count. Immutable; any thread.
final class RouteProgram: Sendable {
  /// The bytes of every name, pattern and literal.
  let constants: ConstantText
  let regexes: [RegularExpression]
  let headerMatchers: [HeaderMatcher]
  let queryMatchers: [QueryMatcher]
  let mutations: [HeaderMutation]
  let formatParts: [FormatPart]
  let weightedClusters: [WeightedClusterEntry]
  let hashPolicies: [HashPolicy]
  let substitutions: [SubstitutionPart]

  /// The schemes' names.
  let http: ByteRange
  let https: ByteRange

  init(_ draft: consuming RouteProgramDraft) {
    http = draft.place("http")
    https = draft.place("https")
    constants = ConstantText(draft.text)
    regexes = draft.regexes
    headerMatchers = draft.headerMatchers
    queryMatchers = draft.queryMatchers
    mutations = draft.mutations
    formatParts = draft.formatParts
    weightedClusters = draft.weightedClusters
    hashPolicies = draft.hashPolicies
    substitutions = draft.substitutions
  }
}

/// A `RouteProgram` while it is written.
struct RouteProgramDraft {
  private(set) var text: [UInt8] = []
  var regexes: [RegularExpression] = []
  var headerMatchers: [HeaderMatcher] = []
  var queryMatchers: [QueryMatcher] = []
  var mutations: [HeaderMutation] = []
  var formatParts: [FormatPart] = []
  var weightedClusters: [WeightedClusterEntry] = []
  var hashPolicies: [HashPolicy] = []
  var substitutions: [SubstitutionPart] = []
  private var interned: [String: ByteRange] = [:]

  /// The place of a text's bytes; the same text stands once.
  mutating func place(_ string: String) -> ByteRange {
    if let known = interned[string] { return known }
    let range = ByteRange(offset: text.count, count: string.utf8.count)
    text.append(contentsOf: string.utf8)
    interned[string] = range
    return range
  }

  /// The index of a regular expression.
  mutating func add(_ regex: RegularExpression) -> Int {
    regexes.append(regex)
    return regexes.count - 1
  }

  mutating func fieldName(_ name: String) -> FieldName {
    let lower = name.asciiLowercased
    let known = KnownHeader.named(Array(lower.utf8).span)
    return FieldName(known: known, text: place(lower))
  }
}

/// Consecutive elements of one of the program's arrays.
struct ElementRange: Equatable, Sendable {
  var start: UInt32
  var end: UInt32

  init(_ range: Range<Int>) {
    start = UInt32(range.lowerBound)
    end = UInt32(range.upperBound)
  }

  static let empty = ElementRange(0..<0)
  var isEmpty: Bool { start == end }
  var indices: Range<Int> { Int(start)..<Int(end) }
}

/// A header name in lower case.
struct FieldName: Equatable, Sendable {
  var known: KnownHeader
  var text: ByteRange
}

extension String {
  var asciiLowercased: String {
    String(decoding: utf8.map { ASCII.lowercased($0) }, as: UTF8.self)
  }
}
