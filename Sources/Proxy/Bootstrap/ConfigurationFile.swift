import Config
import Platform
import Proxying
import XDSTranslate

/// What a configuration file came to.
public struct LoadedConfiguration {
  /// nil when something was rejected.
  public var bootstrap: BootstrapConfig?
  /// A line for each finding, with its place in the file.
  public var rejected: [String]
  public var warned: [String] = []
  public var ignored: [String] = []
  /// The file's content, for `/config_dump`.
  public var dump = ConfigDump(bootstrapYAML: [])
}

/// Reads and translates a bootstrap file; with `strict`, what would be ignored is rejected.
public func loadConfiguration(_ path: String, strict: Bool) -> LoadedConfiguration {
  let bytes: [UInt8]
  do throws(SystemFault) { bytes = try readWholeFile(path, limit: maxBootstrapBytes) } catch {
    let why = error.isTooLarge ? tooLarge : "cannot be read: \(error)"
    return LoadedConfiguration(rejected: ["\(path): \(why)"])
  }
  let (bootstrap, findings) = loadBootstrap(yaml: bytes, fileName: path)
  var loaded = LoadedConfiguration(bootstrap: bootstrap, rejected: [])
  loaded.dump = ConfigDump(bootstrapYAML: bytes)
  for finding in findings {
    switch finding.standing {
    case .ignored where !strict: loaded.ignored.append(finding.description)
    case .warned: loaded.warned.append(finding.description)
    case .rejected, .ignored: loaded.rejected.append(finding.description)
    }
  }
  if !loaded.rejected.isEmpty { loaded.bootstrap = nil }
  return loaded
}

private let tooLarge =
  "larger than \(maxBootstrapBytes >> 20) MiB, the most for a file; "
  + "a control plane can send more (dynamic_resources)"

/// Prints what a file's fields come to.
/// - Returns: the exit code: 0 when the file can be used.
public func validate(_ path: String, strict: Bool) -> Int32 {
  let loaded = loadConfiguration(path, strict: strict)
  for line in loaded.rejected { print("rejected: \(line)") }
  for line in loaded.ignored { print("ignored:  \(line)") }
  guard let bootstrap = loaded.bootstrap else {
    print("\(path): \(loaded.rejected.count) rejected: the proxy would not start with it")
    return 1
  }
  for line in loaded.warned { print("warning:  \(line)") }
  print(
    "\(path): applied: \(counted(bootstrap.listeners.count, "listener")), "
      + counted(bootstrap.clusters.count, "cluster")
      + (bootstrap.ads.map { ", the rest over ADS from cluster \($0.cluster)" } ?? "")
      + "; \(counted(loaded.ignored.count, "field")) ignored")
  if bootstrap.listeners.isEmpty, bootstrap.ads?.subscribesToListeners != true {
    print(
      "\(path): nothing would be served: there is neither static_resources.listeners nor "
        + "dynamic_resources.lds_config")
  }
  return 0
}

private func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
