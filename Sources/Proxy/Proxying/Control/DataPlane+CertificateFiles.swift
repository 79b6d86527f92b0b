import Config
import Platform
import TLS

/// What is known of the files of certificates, keys and trust since they were last looked at.
struct CertificateFiles {
  /// What is configured with files.
  enum Owner: Hashable {
    case listener(String)
    case cluster(String)
  }

  /// SHA-256 by path: what they hold is not kept, since there are keys among it.
  var digests: [String: [UInt8]] = [:]
  /// Who was there when they were.
  var owners: Set<Owner> = []
  /// What the files of the last look could not be used for. A certificate and its key are seldom replaced in
  /// one instant: it is said at the next look, if they still cannot.
  var doubtful: Set<Owner> = []
}

extension CertificateFiles.Owner: CustomStringConvertible {
  var description: String {
    switch self {
    case .listener(let name): "listener \(name)"
    case .cluster(let name): "cluster \(name)"
    }
  }
}

/// Certificates, keys and trust are read again when their files change, whether these are written, renamed
/// to, or reached through a link that is. Connections keep what they began with.
extension DataPlane {
  /// How often the files are looked at.
  private static let pollInterval = Duration.seconds(1)
  private static let maxFileBytes = 1 << 20

  /// Looks at the files in use from now on, as long as there are some.
  func watchCertificateFiles() {
    guard certificatePoll == nil, !fileOwners.isEmpty else { return }
    certificatePoll = DelayedAction(on: loop, after: Self.pollInterval) { [unowned self] in
      certificatePoll = nil
      if !isDraining { readCertificateFiles() }
      watchCertificateFiles()
    }
  }

  private typealias Owner = CertificateFiles.Owner

  /// Who reads which paths.
  private var fileOwners: [Owner: Set<String>] {
    var owners: [Owner: Set<String>] = [:]
    for (name, state) in listeners {
      let files = state.newest.config.allFilterChains.compactMap(\.tls).flatMap(\.common.files)
      if !files.isEmpty { owners[.listener(name)] = Set(files.map(\.path)) }
    }
    for (name, state) in clusters {
      let files = state.config.tls?.common.files ?? []
      if !files.isEmpty { owners[.cluster(name)] = Set(files.map(\.path)) }
    }
    return owners
  }

  private func readCertificateFiles() {
    let owners = fileOwners
    let contents = readFiles(owners.values.reduce(into: []) { $0.formUnion($1) })
    let changed = noteChanges(contents)
    let former = certificateFiles
    certificateFiles.doubtful = []
    certificateFiles.owners = Set(owners.keys)
    for (owner, paths) in owners {
      let wasDoubtful = former.doubtful.contains(owner)
      let isNews = !former.owners.contains(owner) || !changed.isDisjoint(with: paths)
      guard isNews || wasDoubtful else { continue }
      do throws(TLSContextFault) { try read(owner, contents) } catch {
        if isNews {
          certificateFiles.doubtful.insert(owner)
        } else {
          sayUnusable(owner, paths, error)
        }
      }
    }
  }

  /// What files hold, by path, but for those that cannot be read: one that is being replaced may be away for
  /// a moment.
  private func readFiles(_ paths: Set<String>) -> [String: [UInt8]] {
    paths.reduce(into: [:]) { contents, path in
      contents[path] = try? readWholeFile(path, limit: Self.maxFileBytes)
    }
  }

  /// - Returns: the paths whose files hold something else than before, or were away.
  private func noteChanges(_ contents: [String: [UInt8]]) -> Set<String> {
    let former = certificateFiles.digests
    certificateFiles.digests = contents.mapValues { sha256(of: $0) }
    return Set(certificateFiles.digests.filter { former[$0] != $1 }.keys)
  }

  /// Uses what the files hold now; when it cannot be used, what was serves on.
  private func read(
    _ owner: Owner, _ contents: [String: [UInt8]]
  ) throws(TLSContextFault) {
    switch owner {
    case .listener(let name):
      guard let old = listeners[name]?.newest.config else { return }
      let config = old.reading(contents)
      guard config != old else { return }
      let compiled = try compile(config)
      let findings = place([compiled])
      sayChanged(owner, compiled.chains.compactMap(\.tls))
      if !findings.isEmpty { onRefused(findings) }
    case .cluster(let name):
      guard var tls = clusters[name]?.config.tls else { return }
      tls.read(contents)
      guard tls != clusters[name]?.config.tls else { return }
      try replace(tls: tls, of: name)
      sayChanged(owner, [clusters[name]?.tls].compactMap { $0 })
    }
  }

  private func sayChanged(_ owner: Owner, _ contexts: [TLSContext]) {
    log(.info, "\(owner): its certificate files have changed")
    for warning in contexts.flatMap(\.warnings) { log(.warning, "\(owner): \(warning)") }
  }

  private func sayUnusable(_ owner: Owner, _ paths: Set<String>, _ fault: TLSContextFault) {
    let files = paths.sorted().joined(separator: ", ")
    log(.error, "\(owner): what is in \(files) cannot be used, and what was serves on: \(fault)")
    switch owner {
    case .listener(let name): stats.listeners.blocks(named: name).last?.tls.updateFailures.add()
    case .cluster(let name): stats.clusters.blocks(named: name).last?.tls.updateFailures.add()
    }
  }
}

extension ListenerConfig {
  /// With what the files hold.
  fileprivate func reading(_ contents: [String: [UInt8]]) -> ListenerConfig {
    var config = self
    for index in config.filterChains.indices { config.filterChains[index].tls?.read(contents) }
    config.defaultFilterChain?.tls?.read(contents)
    return config
  }
}
