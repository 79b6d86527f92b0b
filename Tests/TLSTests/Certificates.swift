import Config
import Foundation
import Testing

@testable import TLS

/// The certificates of this run, which `make-certificates` makes once in a folder of its own.
enum Certificates {
  private static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "martlet-tls-\(UUID().uuidString)")
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "TestKit/make-certificates")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let process = Process()
      process.executableURL = script
      process.arguments = [folder.path]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      precondition(process.terminationStatus == 0, "make-certificates needs openssl")
    } catch { preconditionFailure("make-certificates: \(error)") }
    atexit { try? FileManager.default.removeItem(at: Certificates.folder) }
    return folder
  }()

  static func path(_ file: String) -> String { folder.appending(path: file).path }

  static func bytes(_ file: String) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path(file)) else {
      preconditionFailure("make-certificates makes \(file)")
    }
    return Array(data)
  }

  static func secret(_ file: String) -> SecretBytes { SecretBytes(bytes(file)) }

  /// The chain and key of a name.
  static func pair(_ name: String) -> TLSCertificateConfig {
    TLSCertificateConfig(chain: bytes("\(name).pem"), privateKey: secret("\(name).key"))
  }

  static func fault(
    _ config: DownstreamTLSConfig
  ) -> TLSContextFault? {
    do throws(TLSContextFault) {
      _ = try TLSContext(downstream: config)
      return nil
    } catch { return error }
  }
}

extension DownstreamTLSConfig {
  /// What serves with a certificate, changed by `change`.
  static func with(
    _ name: String = "server", _ change: (inout DownstreamTLSConfig) -> Void = { _ in }
  ) -> DownstreamTLSConfig {
    var config = DownstreamTLSConfig()
    config.common.certificates = [Certificates.pair(name)]
    change(&config)
    return config
  }

  /// What turns away clients that `root` did not vouch for.
  static func mutual(
    _ change: (inout TLSValidationConfig) -> Void = { _ in }
  ) -> DownstreamTLSConfig {
    with { config in
      var validation = TLSValidationConfig()
      validation.trustedAuthorities = Certificates.bytes("root.pem")
      change(&validation)
      config.common.validation = validation
      config.requiresClientCertificate = true
    }
  }
}

extension UpstreamTLSConfig {
  /// What trusts `root`, changed by `change`.
  static func trusting(
    _ change: (inout UpstreamTLSConfig) -> Void = { _ in }
  ) -> UpstreamTLSConfig {
    var config = UpstreamTLSConfig()
    var validation = TLSValidationConfig()
    validation.trustedAuthorities = Certificates.bytes("root.pem")
    config.common.validation = validation
    config.serverName = "web.example"
    change(&config)
    return config
  }

  /// As `trusting`, and shows a certificate.
  static func showing(_ name: String) -> UpstreamTLSConfig {
    trusting { $0.common.certificates = [Certificates.pair(name)] }
  }
}
