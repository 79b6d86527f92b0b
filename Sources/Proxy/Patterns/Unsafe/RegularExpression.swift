import CPCRE2

/// What one worker needs to run regular expressions, and how often one was cut short.
/// Owning worker only.
@safe
public final class PatternWorkspace {
  /// Matches given up because they backtracked too much since the owner last set it to 0; each counted
  /// as no match.
  public var regexLimitHits: UInt64 = 0

  // SAFETY: both are made in init, never nil, freed in deinit, and used by one thread.
  fileprivate let results: OpaquePointer
  // SAFETY: as `results`.
  fileprivate let limits: OpaquePointer

  /// Backtracking steps one match may take: two milliseconds or so.
  private static let matchLimit: UInt32 = 20_000
  /// Heap one match may take, in KiB.
  private static let heapLimitKiB: UInt32 = 1024
  /// Capture groups a pattern may have.
  static let maxGroups: UInt32 = 31

  public init() {
    // SAFETY: PCRE2 returns nil only when memory is exhausted.
    guard let results = unsafe pcre2_match_data_create_8(Self.maxGroups + 1, nil),
      let limits = unsafe pcre2_match_context_create_8(nil)
    else { preconditionFailure("memory for a worker's match results") }
    unsafe self.results = results
    unsafe self.limits = limits
    unsafe pcre2_set_match_limit_8(limits, Self.matchLimit)
    unsafe pcre2_set_heap_limit_8(limits, Self.heapLimitKiB)
  }

  deinit {
    unsafe pcre2_match_data_free_8(results)
    unsafe pcre2_match_context_free_8(limits)
  }

  /// Where a group of the last match stands in the subject; nil when it took no part.
  public func group(_ index: Int) -> Range<Int>? {
    // SAFETY: the vector has pairs for `pcre2_get_ovector_count` groups and lives with `results`.
    guard index < Int(unsafe pcre2_get_ovector_count_8(results)),
      let vector = unsafe pcre2_get_ovector_pointer_8(results)
    else { return nil }
    let start = unsafe vector[2 * index]
    let end = unsafe vector[2 * index + 1]
    return start <= end && end <= Int.max ? Int(start)..<Int(end) : nil
  }
}

/// A pattern that PCRE2 refused, in its own words.
public struct PatternFault: Error, Equatable {
  public var reason: String
  /// Byte of the pattern where it went wrong, from 0.
  public var offset: Int
}

// SAFETY: the compiled code never changes; PCRE2 lets any thread match with it.
/// A compiled regular expression over bytes. Interpreted, not JIT-compiled: the process then needs
/// no memory both writable and executable. Immutable; any thread.
@safe
public final class RegularExpression: @unchecked Sendable {
  // SAFETY: compiled in init, freed in deinit; PCRE2 only reads it while matching, on any thread.
  private let code: OpaquePointer
  /// Capture groups of the pattern, at most 31.
  public let groupCount: Int
  /// As it was written.
  public let pattern: String
  private let ignoresCase: Bool
  private let extent: Extent

  /// What of a subject the pattern must match.
  public enum Extent: Sendable { case wholeSubject, anyPart }

  /// - Parameter pattern: in the syntax of PCRE2, over bytes.
  public init(_ pattern: String, ignoresCase: Bool, extent: Extent) throws(PatternFault) {
    var options: UInt32 = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C
    if ignoresCase { options |= PCRE2_CASELESS }
    if extent == .wholeSubject { options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED }
    let bytes = Array(pattern.utf8)
    var code: Int32 = 0
    var offset = 0
    // SAFETY: the pattern's bytes are read during the call only.
    let compiled = unsafe bytes.withUnsafeBufferPointer {
      unsafe pcre2_compile_8($0.baseAddress, $0.count, options, &code, &offset, nil)
    }
    guard let compiled = unsafe compiled else {
      throw PatternFault(reason: Self.message(code), offset: offset)
    }
    var groups: UInt32 = 0
    unsafe pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
    guard groups <= PatternWorkspace.maxGroups else {
      unsafe pcre2_code_free_8(compiled)
      throw PatternFault(
        reason:
          "it has \(groups) capture groups, at most \(PatternWorkspace.maxGroups) are allowed",
        offset: 0)
    }
    unsafe self.code = compiled
    groupCount = Int(groups)
    self.pattern = pattern
    self.ignoresCase = ignoresCase
    self.extent = extent
  }

  deinit { unsafe pcre2_code_free_8(code) }

  /// Looks for the pattern at or behind `start`; the groups then stand in `workspace`.
  public func matches(
    _ subject: borrowing Span<UInt8>, from start: Int = 0, _ workspace: PatternWorkspace
  ) -> Bool {
    // SAFETY: the subject's bytes are read during the call only; `results` belongs to this worker.
    let outcome = unsafe subject.withUnsafeBufferPointer {
      unsafe pcre2_match_8(
        code, $0.baseAddress, $0.count, start, 0, workspace.results, workspace.limits)
    }
    if outcome >= 0 { return true }
    if outcome != PCRE2_ERROR_NOMATCH { workspace.regexLimitHits &+= 1 }
    return false
  }

  private static func message(_ code: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    // SAFETY: PCRE2 writes at most `count` bytes and says how many.
    let count = unsafe text.withUnsafeMutableBufferPointer {
      unsafe pcre2_get_error_message_8(code, $0.baseAddress, $0.count)
    }
    return String(decoding: text.prefix(Int(max(0, count))), as: UTF8.self)
  }
}

extension RegularExpression: Hashable {
  /// The same pattern, read in the same way.
  public static func == (left: RegularExpression, right: RegularExpression) -> Bool {
    left === right
      || left.pattern == right.pattern && left.ignoresCase == right.ignoresCase
        && left.extent == right.extent
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}
