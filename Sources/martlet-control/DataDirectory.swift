import Foundation

/// The directory of the store, which one process at a time may use.
struct DataDirectory {
  private let url: URL

  /// Makes the directory when it is not there, one that only its owner may look into, and locks it
  /// until the process ends.
  ///
  /// - Throws: `DataDirectoryFault`.
  init(path: String) throws {
    url = URL(fileURLWithPath: path).standardizedFileURL
    do {
      try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw DataDirectoryFault("cannot make the directory \(url.path)", error.localizedDescription)
    }
    try lock()
  }

  /// The file of the store.
  var database: String { url.appendingPathComponent("mesh.db").path }

  /// The descriptor stays open: the system lets go of the lock when the process ends, however it does.
  private func lock() throws {
    let path = url.appendingPathComponent("lock").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw DataDirectoryFault("cannot open \(path)", String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw DataDirectoryFault(
        "cannot lock \(url.path)",
        errno == EWOULDBLOCK
          ? "another martlet-control keeps its store there" : String(cString: strerror(errno)))
    }
  }
}

/// The directory of the store cannot be used.
struct DataDirectoryFault: Error, CustomStringConvertible {
  let description: String

  init(_ what: String, _ cause: String) {
    description = "\(what): \(cause); choose another directory with --data-dir"
  }
}
