import Config
import HTTPModel
import Memory
import Platform
import TLS

extension DownstreamTLSConfig {
  /// Reads a `DownstreamTlsContext`; nil when something of it was rejected.
  init?(translating view: MessageView) {
    self.init()
    let rejections = view.report.rejectionCount
    guard let common = view.view("common_tls_context") else {
      view.reject("common_tls_context", "required, with tls_certificates")
      return nil
    }
    let reader = TLSReader(common)
    self.common = reader.config
    requiresClientCertificate = view.wrappedBool("require_client_certificate") ?? false
    prefersClientCiphers = view.bool("prefer_client_ciphers")
    if view.wrappedBool("require_sni") == true {
      view.reject("require_sni", "found true; accepted: server_names of the filter_chain_match")
    }
    let policy = view.enumerationName("ocsp_staple_policy")
    if policy != "LENIENT_STAPLING" {
      view.reject("ocsp_staple_policy", "found \(policy), accepted: LENIENT_STAPLING")
    }
    if view.wrappedBool("full_scan_certs_on_sni_mismatch") == true {
      let choice = "a chain's certificates differ by the type of their key, not by name"
      view.ignore("full_scan_certs_on_sni_mismatch", "ignored: \(choice)")
    }
    readResumption(view)
    guard view.report.rejectionCount == rejections else { return nil }
    do throws(TLSContextFault) { reader.warn(try TLSContext(downstream: self).warnings) } catch {
      reader.reject(error)
      return nil
    }
  }

  private mutating func readResumption(_ view: MessageView) {
    // Nothing is kept on the server but the keys of tickets.
    view.accept("disable_stateful_session_resumption")
    resumesSessions = view.boolIfSet("disable_stateless_session_resumption") != true
    sessionLifetime = view.duration("session_timeout", .moreThanZero) ?? sessionLifetime
    if view.has("session_ticket_keys_sds_secret_config") {
      view.reject(
        "session_ticket_keys_sds_secret_config",
        "SDS is not implemented; accepted: "
          + "session_ticket_keys; without it keys are made here and rotated")
    }
    for key in view.view("session_ticket_keys")?.views("keys") ?? [] {
      guard let source = key.sourcedBytes() else { continue }
      let count = source.bytes.count
      guard count == TicketKey.byteCount else {
        key.reject("found \(count) bytes, accepted: \(TicketKey.byteCount)")
        continue
      }
      if let file = source.file {
        common.files.append(TLSFile(.ticketKey(ticketKeys.count), path: file))
      }
      ticketKeys.append(SecretBytes(source.bytes))
    }
  }
}

extension UpstreamTLSConfig {
  /// Reads an `UpstreamTlsContext`; nil when something of it was rejected.
  init?(translating view: MessageView) {
    self.init()
    let rejections = view.report.rejectionCount
    let common =
      view.view("common_tls_context") ?? view.empty("common_tls_context")
    let reader = TLSReader(common)
    self.common = reader.config
    serverName = view.string("sni")
    if !serverName.isEmpty, !HostText.isHost(serverName[...]) {
      view.reject("sni", found: serverName, accepted: "a host name")
    }
    verifiesServerName = view.bool("auto_sni_san_validation")
    if view.bool("auto_host_sni") {
      view.reject("auto_host_sni", "found true, not implemented; accepted: sni")
    }
    if view.bool("allow_renegotiation") {
      view.reject("allow_renegotiation", "found true; renegotiation is never done")
    }
    if let keys = view.wrappedUnsigned("max_session_keys"), keys > 1 {
      view.ignore("max_session_keys", "ignored: the latest session of each endpoint is kept")
    }
    view.accept("enforce_rsa_key_usage")
    if verifiesServerName, serverName.isEmpty {
      view.reject("auto_sni_san_validation", "needs sni, the name that is verified")
    }
    guard view.report.rejectionCount == rejections else { return nil }
    do throws(TLSContextFault) { reader.warn(try TLSContext(upstream: self).warnings) } catch {
      reader.reject(error)
      return nil
    }
  }
}

/// Reads a `CommonTlsContext`, and says where a fault of what it came to lies.
struct TLSReader {
  private let view: MessageView
  private(set) var config = TLSConfig()
  /// By the path of the field, as in `TLSContextFault`.
  private var files: [String: String] = [:]

  init(_ view: MessageView) {
    self.view = view
    if let parameters = view.view("tls_params") {
      config.parameters = TLSParametersConfig(translating: parameters)
    }
    for (index, certificate) in view.views("tls_certificates").enumerated() {
      readCertificate(certificate, index)
    }
    readValidation()
    readProtocols()
    if !view.views("tls_certificate_sds_secret_configs").isEmpty {
      view.reject(
        "tls_certificate_sds_secret_configs", "SDS is not implemented; accepted: tls_certificates")
    }
    if view.has("key_log") {
      view.ignore("key_log", "ignored: the secrets of sessions are written nowhere")
    }
  }

  /// Rejects what could not be used, by its field and file.
  func reject(_ fault: TLSContextFault) { view.reject(below: fault.path, text(of: fault)) }

  /// Says what stops nothing.
  func warn(_ faults: [TLSContextFault]) {
    for fault in faults { view.warn(below: fault.path, text(of: fault)) }
  }

  private func text(of fault: TLSContextFault) -> String {
    (files[fault.path].map { "\($0): " } ?? "") + fault.text
  }

  // MARK: certificates

  /// Reads one part, from a file or from where it stands.
  private mutating func read(
    _ part: TLSFile.Part, _ view: MessageView, _ name: String, _ path: String
  ) {
    guard let source = view.dataSource(name) else { return }
    config.set(part, to: source.bytes)
    guard let file = source.file else { return }
    files["\(path).\(name)"] = file
    config.files.append(TLSFile(part, path: file))
  }

  private mutating func readCertificate(_ view: MessageView, _ index: Int) {
    config.certificates.append(TLSCertificateConfig(chain: [], privateKey: SecretBytes([])))
    if view.has("pkcs12") {
      view.reject("pkcs12", "not implemented; accepted: certificate_chain and private_key in PEM")
      return
    }
    for name in ["certificate_chain", "private_key"] where !view.has(name) {
      view.reject(name, "required, in PEM")
    }
    if !view.views("signed_certificate_timestamp").isEmpty {
      view.ignore("signed_certificate_timestamp", "ignored: timestamps are not sent")
    }
    view.accept("watched_directory")
    let path = "tls_certificates[\(index)]"
    read(.chain(index), view, "certificate_chain", path)
    read(.privateKey(index), view, "private_key", path)
    read(.password(index), view, "password", path)
    read(.ocspStaple(index), view, "ocsp_staple", path)
  }

  // MARK: trust

  private mutating func readValidation() {
    let accepted = "SDS is not implemented; accepted: validation_context"
    for name in ["validation_context_sds_secret_config", "combined_validation_context"]
    where view.has(name) { view.reject(name, accepted) }
    guard let context = view.view("validation_context") else { return }
    config.validation = TLSValidationConfig(translating: context)
    read(.trustedAuthorities, context, "trusted_ca", "validation_context")
    read(.revocationLists, context, "crl", "validation_context")
  }

  private mutating func readProtocols() {
    for (index, name) in view.strings("alpn_protocols").enumerated() {
      if name.isEmpty || name.utf8.count > 255 {
        view.reject("alpn_protocols", at: index, "accepted: 1 to 255 bytes, as in h2, http/1.1")
      }
      config.applicationProtocols.append(name)
    }
  }
}

extension TLSParametersConfig {
  fileprivate init(translating view: MessageView) {
    self.init()
    minimumVersion = Self.version(view, "tls_minimum_protocol_version") ?? minimumVersion
    maximumVersion = Self.version(view, "tls_maximum_protocol_version") ?? maximumVersion
    let suites = view.strings("cipher_suites")
    if !suites.isEmpty { cipherSuites = suites }
    let curves = view.strings("ecdh_curves")
    if !curves.isEmpty { groups = curves }
  }

  private static func version(_ view: MessageView, _ name: String) -> TLSVersion? {
    switch view.enumerationName(name) {
    case "TLSv1_0": return .tls10
    case "TLSv1_1": return .tls11
    case "TLSv1_2": return .tls12
    case "TLSv1_3": return .tls13
    case "TLS_AUTO": return nil
    case let other:
      view.reject(name, "found \(other), accepted: TLS_AUTO, TLSv1_0 to TLSv1_3")
      return nil
    }
  }
}

extension TLSValidationConfig {
  /// All but what comes from files.
  fileprivate init(translating view: MessageView) {
    self.init()
    names = view.views("match_typed_subject_alt_names").compactMap {
      SubjectNameMatcherConfig(translating: $0)
    }
    if !view.views("match_subject_alt_names").isEmpty {
      view.reject(
        "match_subject_alt_names",
        "does not say which kind of name is meant; accepted: "
          + "match_typed_subject_alt_names")
    }
    for (index, text) in view.strings("verify_certificate_spki").enumerated() {
      guard let hash = Base64.decode(text), hash.count == 32 else {
        view.reject("verify_certificate_spki", at: index, "accepted: a SHA-256 in base64")
        continue
      }
      publicKeyHashes.append(hash)
    }
    for (index, text) in view.strings("verify_certificate_hash").enumerated() {
      guard let hash = Self.hexadecimal(text), hash.count == 32 else {
        view.reject(
          "verify_certificate_hash", at: index,
          "accepted: a SHA-256 in 64 hexadecimal digits, with or without colons")
        continue
      }
      certificateHashes.append(hash)
    }
    readRules(view)
  }

  private mutating func readRules(_ view: MessageView) {
    if view.wrappedBool("require_signed_certificate_timestamp") == true {
      view.reject("require_signed_certificate_timestamp", "found true, not implemented")
    }
    if view.has("system_root_certs") {
      view.reject("system_root_certs", "not implemented; accepted: trusted_ca with a filename")
    }
    view.accept("watched_directory")
    acceptsExpired = view.bool("allow_expired_certificate")
    acceptsUntrusted = view.enumerationName("trust_chain_verification") == "ACCEPT_UNTRUSTED"
    revocationOfLeafOnly = view.bool("only_verify_leaf_cert_crl")
    maxDepth = view.wrappedCount("max_verify_depth", in: 0...100) ?? maxDepth
  }

  private static func hexadecimal(_ text: String) -> [UInt8]? {
    let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }.map { ASCII.hexValue($0) }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0]! << 4 | digits[$0 + 1]! }
  }
}

extension SubjectNameMatcherConfig {
  fileprivate init?(translating view: MessageView) {
    let found = view.enumerationName("san_type")
    let kind: Kind? =
      switch found {
      case "DNS": .dns
      case "URI": .uri
      case "EMAIL": .email
      case "IP_ADDRESS": .ipAddress
      default: nil
      }
    if kind == nil {
      view.reject("san_type", "found \(found), accepted: DNS, URI, EMAIL, IP_ADDRESS")
    }
    guard view.has("matcher") else {
      view.reject("matcher", "required")
      return nil
    }
    guard let matcher = view.stringMatcher("matcher"), let kind else { return nil }
    self.init(kind, matcher)
  }
}
