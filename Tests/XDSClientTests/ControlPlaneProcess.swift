import Foundation
import Synchronization
import Testing

/// `Tests/Interop/ads_server.py` as a process: a control plane on grpcio and the official messages.
final class ControlPlaneProcess {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let python = root.appending(path: ".build-venv/bin/python")

  /// The Python packages are there; `make test` installs them.
  static let isAvailable =
    FileManager.default.isExecutableFile(atPath: python.path) && hasPackages()

  struct Request: Decodable, Sendable {
    struct Node: Decodable, Sendable { var id: String? }
    struct ErrorDetail: Decodable, Sendable {
      var code: Int
      var message: String
    }
    var event: String
    var port: UInt16?
    var typeUrl: String?
    var versionInfo: String?
    var responseNonce: String?
    var resourceNames: [String]?
    var node: Node?
    var errorDetail: ErrorDetail?
  }

  private final class Events: Sendable {
    let list = Mutex<[Request]>([])
  }

  private let process = Process()
  private let input = Pipe()
  private let events = Events()
  let port: UInt16

  init(port: UInt16 = 0) throws {
    let output = Pipe()
    process.executableURL = Self.python
    process.arguments = [Self.root.appending(path: "Tests/Interop/ads_server.py").path, "\(port)"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let lines = LineReader(output.fileHandleForReading)
    let first = try #require(lines.next())
    self.port = try JSONDecoder().decode(Request.self, from: first).port ?? 0
    let events = events
    Thread.detachNewThread {
      while let line = lines.next() {
        if let event = try? JSONDecoder().decode(Request.self, from: line) {
          events.list.withLock { $0.append(event) }
        }
      }
    }
  }

  var requests: [Request] { events.list.withLock { $0 } }

  func push(_ type: String, version: String, _ resources: String) throws {
    try command(#"{"push": "\#(type)", "version": "\#(version)", "resources": [\#(resources)]}"#)
  }

  func command(_ json: String) throws {
    let line = json.split(separator: "\n").joined(separator: " ") + "\n"
    try input.fileHandleForWriting.write(contentsOf: Data(line.utf8))
  }

  func kill() {
    guard process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { kill() }

  private static func hasPackages() -> Bool {
    let probe = Process()
    probe.executableURL = python
    probe.arguments = ["-c", "import grpc, envoy.service.discovery.v3.ads_pb2_grpc"]
    probe.standardError = FileHandle.nullDevice
    guard (try? probe.run()) != nil else { return false }
    probe.waitUntilExit()
    return probe.terminationStatus == 0
  }
}

/// Whole lines from a pipe, for one thread.
private final class LineReader: @unchecked Sendable {
  private let handle: FileHandle
  private var buffer = Data()

  init(_ handle: FileHandle) { self.handle = handle }

  func next() -> Data? {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        let line = buffer[..<end]
        buffer = buffer[(end + 1)...]
        return Data(line)
      }
      let more = handle.availableData
      if more.isEmpty { return nil }
      buffer += more
    }
  }
}
