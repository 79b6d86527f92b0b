import Config
import Platform

/// The filter chain that sessions belong to.
public struct ResumptionScope: Sendable {
  let listener: String
  let chain: FilterChainKey

  public init(listener: String, chain: FilterChainKey) {
    self.listener = listener
    self.chain = chain
  }
}

extension DownstreamTLSConfig {
  /// What a session must have in common with a context to be resumed by it: a digest of how clients are
  /// judged and of `scope`. A ticket from where nobody was asked for a certificate opens nothing else.
  func resumptionScope(_ scope: ResumptionScope?) -> [UInt8] {
    var text = ScopeText()
    if let scope {
      text.add(Array(scope.listener.utf8))
      text.add(scope.chain)
    }
    text.add([requiresClientCertificate ? 1 : 0])
    if let validation = common.validation { text.add(validation) }
    return OpenSSL.sha256(text.bytes)
  }
}

/// Values one behind the other, each after its length, so that no two sequences read the same.
private struct ScopeText {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ value: [UInt8]) {
    for shift in stride(from: 24, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value.count >> shift))
    }
    bytes += value
  }

  mutating func add(_ values: [[UInt8]]) {
    add([UInt8(truncatingIfNeeded: values.count)])
    for value in values { add(value) }
  }

  mutating func add(_ chain: FilterChainKey) {
    switch chain {
    case .name(let name): add(texts: ["name", name])
    case .match(let match): add(match)
    case .fallback: add(texts: ["default"])
    }
  }

  private mutating func add(_ match: FilterChainMatchConfig) {
    add(texts: match.destinationPort.map { [String($0)] } ?? [])
    add(ranges: match.destinations)
    add(texts: match.serverNames)
    add(texts: [match.transportProtocol, "\(match.sourceType)"])
    add(texts: match.applicationProtocols)
    add(ranges: match.sources)
    add(ranges: match.directSources)
    add(texts: match.sourcePorts.map { String($0) })
  }

  private mutating func add(ranges: [AddressRangeConfig]) {
    add(texts: ranges.map { "\($0.first)/\($0.prefixLength)" })
  }

  private mutating func add(texts: [String]) { add(texts.map { Array($0.utf8) }) }

  mutating func add(_ validation: TLSValidationConfig) {
    add(validation.trustedAuthorities ?? [])
    add(validation.revocationLists ?? [])
    add(validation.certificateHashes)
    add(validation.publicKeyHashes)
    add([validation.revocationOfLeafOnly, validation.acceptsExpired, validation.acceptsUntrusted])
    add(Array(String(validation.maxDepth).utf8))
    for name in validation.names {
      add(Array("\(name.kind)".utf8))
      add(name.matcher)
    }
  }

  private mutating func add(_ flags: [Bool]) { add(flags.map { $0 ? 1 : 0 }) }

  private mutating func add(_ matcher: StringMatcherConfig) {
    let (kind, text): (UInt8, String) =
      switch matcher.pattern {
      case .exact(let text): (0, text)
      case .prefix(let text): (1, text)
      case .suffix(let text): (2, text)
      case .contains(let text): (3, text)
      case .regex(let expression): (4, expression.pattern)
      }
    add([kind, matcher.ignoreCase ? 1 : 0])
    add(Array(text.utf8))
  }
}
