import Config
import Memory
import Platform
import TLS
import Telemetry

/// The certificates of one TLS context, for `/certs` and the metric of their expiry.
public struct CertificateReport {
  struct Entry {
    let certificate: TLSCertificate
    /// Empty: it stands in the configuration itself.
    let path: String
  }

  let authorities: [Entry]
  let own: [Entry]

  init(_ context: TLSContext, _ config: TLSConfig) {
    let trust = config.path(of: .trustedAuthorities) ?? ""
    authorities = context.authorities.map { Entry(certificate: $0, path: trust) }
    own = context.certificates.enumerated().map {
      Entry(certificate: $1, path: config.path(of: .chain($0)) ?? "")
    }
  }

  var all: [Entry] { authorities + own }
}

extension TLSCertificate {
  /// 0 once it is expired.
  func secondsUntilExpiry(now: WallInstant) -> UInt64 {
    UInt64(max(notAfter - Int64(now.nanoseconds / 1_000_000_000), 0))
  }
}

extension TLSContext {
  /// When the first of its certificates expires, those it trusts included: seconds since 1970; nil: it has none.
  var firstExpiry: UInt64? {
    (certificates + authorities).map { UInt64(max($0.notAfter, 0)) }.min()
  }
}

extension DataPlane {
  /// Of everything in use.
  public var certificateReports: [CertificateReport] {
    let ofListeners = listeners.values.compactMap(\.active).flatMap { version in
      zip(version.config.allFilterChains, version.chains).compactMap { chain, compiled in
        compiled.tls.flatMap { tls in
          chain.tls.map { CertificateReport(tls, $0.common) }
        }
      }
    }
    let ofClusters = clusters.values.compactMap { state in
      state.tls.flatMap { tls in state.config.tls.map { CertificateReport(tls, $0.common) } }
    }
    return ofListeners + ofClusters
  }

  /// Seconds until the first of all certificates in use expires; nil: there is none.
  public func secondsUntilFirstExpiry(now: WallInstant) -> UInt64? {
    certificateReports.flatMap(\.all).map { $0.certificate.secondsUntilExpiry(now: now) }.min()
  }
}

/// `/certs`. Source: `envoy.admin.v3.Certificates`, in proto3's JSON.
public func certificatesJSON(_ reports: [CertificateReport], now: WallInstant) -> [UInt8] {
  let text = ByteBuffer(capacity: 4096)
  text.append("{\"certificates\":[")
  for (index, report) in reports.enumerated() {
    if index > 0 { text.append(",") }
    text.append("{\"ca_cert\":[")
    report.authorities.append(to: text, now)
    text.append("],\"cert_chain\":[")
    report.own.append(to: text, now)
    text.append("]}")
  }
  text.append("]}\n")
  return Array(text)
}

extension [CertificateReport.Entry] {
  fileprivate func append(to text: ByteBuffer, _ now: WallInstant) {
    for (index, entry) in enumerated() {
      if index > 0 { text.append(",") }
      entry.append(to: text, now)
    }
  }
}

extension CertificateReport.Entry {
  fileprivate func append(to text: ByteBuffer, _ now: WallInstant) {
    text.append("{\"path\":\(quoted(path.isEmpty ? "<inline>" : path))")
    text.append(",\"serial_number\":\(quoted(certificate.serialNumber))")
    text.append(",\"subject_alt_names\":[")
    let names = certificate.names.compactMap { name -> String? in
      guard let key = name.kind.key else { return nil }
      return "{\"\(key)\":\(quoted(name.text))}"
    }
    text.append(names.joined(separator: ","))
    text.append(
      "],\"days_until_expiration\":\"\(certificate.secondsUntilExpiry(now: now) / 86_400)\"")
    text.append(",\"valid_from\":\"")
    text.append(rfc3339: WallInstant(secondsSince1970: certificate.notBefore))
    text.append("\",\"expiration_time\":\"")
    text.append(rfc3339: WallInstant(secondsSince1970: certificate.notAfter))
    text.append("\"}")
  }
}

extension WallInstant {
  fileprivate init(secondsSince1970 seconds: Int64) {
    self.init(nanoseconds: UInt64(max(seconds, 0)) * 1_000_000_000)
  }
}

extension SubjectNameMatcherConfig.Kind {
  /// Its name in `envoy.admin.v3.SubjectAlternateName`; nil: it has none there.
  fileprivate var key: String? {
    switch self {
    case .dns: "dns"
    case .uri: "uri"
    case .ipAddress: "ip_address"
    case .email: nil
    }
  }
}
