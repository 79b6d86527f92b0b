import Config
import Platform
import TLS

/// What changed files came to.
struct UnusableFiles {
  let config: TLSConfig
  var wasSaid = false
}

/// Certificates, keys and trust are read again when their files change, whether these are written, renamed
/// to, or reached through a link that is. Connections keep what they began with.
extension DataPlane {
  /// How often the files are looked at.
  private static let pollInterval = Duration.seconds(1)
  private static let maxFileBytes = 1 << 20

  /// Looks at the files in use from now on, as long as there are some.
  func watchCertificateFiles() {
    guard certificatePoll == nil, !filesInUse.isEmpty else { return }
    certificatePoll = DelayedAction(on: loop, after: Self.pollInterval) { [unowned self] in
      certificatePoll = nil
      if !isDraining { readCertificateFiles() }
      watchCertificateFiles()
    }
  }

  private var filesInUse: [TLSFile] {
    listeners.values.flatMap { $0.newest.config.allFilterChains }
      .compactMap(\.tls).flatMap(\.common.files)
      + clusters.values.compactMap(\.config.tls).flatMap(\.common.files)
  }

  private func readCertificateFiles() {
    var contents: [String: [UInt8]] = [:]
    for file in filesInUse where contents[file.path] == nil {
      // One that is being replaced may be away for a moment.
      contents[file.path] = try? readWholeFile(file.path, limit: Self.maxFileBytes)
    }
    for (name, state) in listeners {
      let config = state.newest.config.reading(contents)
      guard config != state.newest.config, isUsable(config, "listener \(name)") else { continue }
      log(.info, "listener \(name): its certificate files have changed")
      let findings = place([config])
      if !findings.isEmpty { onRefused(findings) }
    }
    for (name, state) in clusters {
      guard let tls = state.config.tls?.reading(contents), tls != state.config.tls,
        isUsable(tls, "cluster \(name)")
      else { continue }
      log(.info, "cluster \(name): its certificate files have changed")
      var config = state.config
      config.tls = tls
      set(clusters: [config], isDiscovered: state.isDiscovered)
    }
  }

  /// A certificate and its key are seldom replaced in one instant, and some replacements are faulty: the
  /// ones before serve on. What stays wrong is said once.
  private func isUsable(_ config: ListenerConfig, _ place: String) -> Bool {
    for tls in config.allFilterChains.compactMap(\.tls) {
      do throws(TLSContextFault) { _ = try TLSContext(downstream: tls) } catch {
        sayUnusable(error, place, tls.common)
        return false
      }
    }
    unusableFiles[place] = nil
    return true
  }

  private func isUsable(_ config: UpstreamTLSConfig, _ place: String) -> Bool {
    do throws(TLSContextFault) { _ = try TLSContext(upstream: config) } catch {
      sayUnusable(error, place, config.common)
      return false
    }
    unusableFiles[place] = nil
    return true
  }

  private func sayUnusable(_ fault: TLSContextFault, _ place: String, _ config: TLSConfig) {
    guard let known = unusableFiles[place], known.config == config else {
      unusableFiles[place] = UnusableFiles(config: config)
      return
    }
    guard !known.wasSaid else { return }
    unusableFiles[place]?.wasSaid = true
    let paths = config.files.map(\.path).joined(separator: ", ")
    log(.error, "\(place): what is in \(paths) cannot be used, and what was serves on: \(fault)")
  }
}

extension ListenerConfig {
  /// With what the files hold now.
  fileprivate func reading(_ contents: [String: [UInt8]]) -> ListenerConfig {
    var config = self
    for index in config.filterChains.indices {
      config.filterChains[index].tls?.common.read(contents)
    }
    config.defaultFilterChain?.tls?.common.read(contents)
    return config
  }
}

extension UpstreamTLSConfig {
  fileprivate func reading(_ contents: [String: [UInt8]]) -> UpstreamTLSConfig {
    var config = self
    config.common.read(contents)
    return config
  }
}

extension TLSConfig {
  fileprivate mutating func read(_ contents: [String: [UInt8]]) {
    for file in files { if let bytes = contents[file.path] { set(file.part, to: bytes) } }
  }
}
