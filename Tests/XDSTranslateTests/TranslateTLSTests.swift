import Config
import Platform
import Testing

@testable import XDSTranslate

/// TLS contexts and filter chains as configurations name them. Certificates come in the end-to-end tests.
struct TranslateTLSTests {
  private static let tls = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"

  /// A bootstrap of one listener whose chain has these lines of transport, and one cluster.
  private func findings(chain: String = "", cluster: String = "") -> [String] {
    let yaml = """
      static_resources:
        listeners:
        - name: web
          address: { socket_address: { address: 127.0.0.1, port_value: 10443 } }
          filter_chains:
          - filters:
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: web
                cluster: app
      \(indented(chain, by: 6))
        clusters:
        - name: app
          type: STATIC
          load_assignment: { cluster_name: app }
      \(indented(cluster, by: 4))
      """
    return loadBootstrap(yaml: Array(yaml.utf8), fileName: "b.yaml").1.map(\.description)
  }

  private func indented(_ text: String, by count: Int) -> String {
    text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 }
      .joined(separator: "\n")
  }

  private func downstream(_ rest: String) -> String {
    """
    transport_socket:
      name: tls
      typed_config:
        "@type": \(Self.tls).DownstreamTlsContext
    \(indented(rest, by: 4))
    """
  }

  private func upstream(_ rest: String) -> String {
    """
    transport_socket:
      name: tls
      typed_config:
        "@type": \(Self.tls).UpstreamTlsContext
    \(indented(rest, by: 4))
    """
  }

  @Test(arguments: [
    ("common_tls_context: {}", "tls_certificates: is empty; a server needs a certificate"),
    (
      "common_tls_context: { tls_certificates: [{ certificate_chain: { filename: /none.pem }, private_key: { inline_string: x } }] }",
      "certificate_chain.filename: \"/none.pem\" cannot be read: open: No such file or directory"
    ),
    (
      "common_tls_context: { tls_certificates: [{ certificate_chain: { inline_string: x }, private_key: { inline_string: x } }] }",
      "certificate_chain: holds no PEM certificate"
    ),
    (
      "common_tls_context: { tls_certificates: [{ certificate_chain: { environment_variable: x } }] }",
      "environment variables are not implemented; accepted: filename, inline_string, inline_bytes"
    ),
    (
      "common_tls_context: { tls_certificate_sds_secret_configs: [{ name: x }] }",
      "SDS is not implemented; accepted: tls_certificates"
    ),
    ("common_tls_context: { tls_params: { signature_algorithms: [x] } }", "signature_algorithms"),
    ("common_tls_context: { tls_params: { compliance_policies: [0] } }", "compliance_policies"),
    ("common_tls_context: { custom_handshaker: { name: x } }", "custom_handshaker"),
    (
      "{ require_sni: true, common_tls_context: {} }",
      "require_sni: found true; accepted: server_names of the filter_chain_match"
    ),
    (
      "{ ocsp_staple_policy: MUST_STAPLE, common_tls_context: {} }",
      "found MUST_STAPLE, accepted: LENIENT_STAPLING"
    ),
    (
      "{ session_ticket_keys: { keys: [{ inline_string: short }] }, common_tls_context: {} }",
      "found 5 bytes, accepted: 80"
    ),
  ])
  func aFaultOfAListenerIsNamed(context: String, said: String) {
    let text = findings(chain: downstream(context.hasPrefix("{") ? flattened(context) : context))
    #expect(text.contains { $0.contains(said) }, "\(text)")
  }

  @Test(arguments: [
    ("auto_host_sni: true", "auto_host_sni: found true, not implemented; accepted: sni"),
    ("allow_renegotiation: true", "renegotiation is never done"),
    ("auto_sni_san_validation: true", "needs sni, the name that is verified"),
    ("sni: a b", "found \"a b\", accepted: a host name"),
    (
      "common_tls_context: { validation_context: { match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: a } }] } }",
      "without it anybody can make a certificate with these names"
    ),
    (
      "common_tls_context: { validation_context: { match_subject_alt_names: [{ exact: a }] } }",
      "match_subject_alt_names: does not say which kind of name is meant"
    ),
    (
      "common_tls_context: { validation_context: { verify_certificate_hash: [abc] } }",
      "accepted: a SHA-256 in 64 hexadecimal digits, with or without colons"
    ),
    (
      "common_tls_context: { validation_context: { verify_certificate_spki: [abc] } }",
      "accepted: a SHA-256 in base64"
    ),
    (
      "common_tls_context: { validation_context: { system_root_certs: {} } }",
      "accepted: trusted_ca with a filename"
    ),
    (
      "common_tls_context: { tls_params: { cipher_suites: [NONSENSE] } }",
      "OpenSSL has no cipher suite 'NONSENSE' that is secure enough"
    ),
  ])
  func aFaultOfAClusterIsNamed(context: String, said: String) {
    let text = findings(cluster: upstream(context))
    #expect(text.contains { $0.contains(said) }, "\(text)")
  }

  @Test func anotherTransportIsRefused() {
    let socket = """
      transport_socket:
        name: quic
        typed_config: { "@type": type.googleapis.com/google.protobuf.Struct, value: {} }
      """
    #expect(findings(chain: socket).contains { $0.contains("transport socket quic") })
    #expect(findings(cluster: socket).contains { $0.contains("transport socket quic") })
  }

  @Test(arguments: [
    ("{ server_names: [\"*\"] }", "accepted: a host name, or *. and the end of one"),
    ("{ transport_protocol: quic }", "found \"quic\", accepted: tls, raw_buffer"),
    ("{ address_suffix: x }", "address_suffix"),
    (
      "{ prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 33 }] }",
      "found 33, accepted: 0 to 32"
    ),
    ("{ source_ports: [70000] }", "found 70000, accepted: 1 to 65535"),
  ])
  func aFaultOfAMatchIsNamed(match: String, said: String) {
    let text = findings(chain: "filter_chain_match: \(match)")
    #expect(text.contains { $0.contains(said) }, "\(text)")
  }

  @Test func twoChainsForTheSameConnectionsAreRefused() {
    let yaml = """
      static_resources:
        listeners:
        - name: web
          address: { socket_address: { address: 127.0.0.1, port_value: 10443 } }
          filter_chains:
          - &chain
            filters:
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: web
                cluster: app
          - filters:
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: web
                cluster: app
        clusters: [{ name: app, type: STATIC, load_assignment: { cluster_name: app } }]
      """.replacing("&chain\n            ", with: "")
    let text = loadBootstrap(yaml: Array(yaml.utf8), fileName: "b.yaml").1.map(\.description)
    #expect(text.contains { $0.contains("which of the two carries a connection would be open") })
  }

  @Test func keysStandInNoDump() {
    let yaml = """
      static_resources:
        clusters:
        - name: app
          type: STATIC
          load_assignment: { cluster_name: app }
          transport_socket:
            name: tls
            typed_config:
              "@type": \(Self.tls).UpstreamTlsContext
              common_tls_context:
                tls_certificates:
                - certificate_chain: { inline_string: shown }
                  private_key: { inline_string: hidden-key }
                  password: { inline_bytes: aGlkZGVu }
                - certificate_chain: { inline_string: shown }
                  private_key: { filename: /path/shown.key }
      """
    let text = String(
      decoding: ConfigDump(bootstrapYAML: Array(yaml.utf8)).encode(), as: UTF8.self)
    #expect(text.contains("shown") && text.contains("/path/shown.key"))
    #expect(!text.contains("hidden-key") && !text.contains("aGlkZGVu"))
    #expect(text.contains("\"private_key\":{\"inline_string\":\"[redacted]\"}"))
  }

  /// A flow mapping's entries, a line each.
  private func flattened(_ mapping: String) -> String {
    String(mapping.dropFirst(2).dropLast(2)).replacing(
      ", common_tls_context", with: "\ncommon_tls_context")
  }
}
