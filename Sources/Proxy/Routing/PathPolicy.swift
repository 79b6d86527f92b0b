import Config
import HTTPModel
import Memory

/// What is done to a request's path before it is routed, so that what the routes compare is what the
/// upstream will make of it. Source: `normalize_path`, `merge_slashes` and
/// `path_with_escaped_slashes_action` of the `HttpConnectionManager`; RFC 3986 section 6.2.2.
public struct PathPolicy: Equatable, Sendable {
  public enum Outcome: Equatable {
    case proceed
    /// The path cannot be made normal, or holds what is refused: 400.
    case reject
    /// The client is to ask for the path that now stands in the head: 307.
    case redirect
  }

  let normalizes: Bool
  let mergesSlashes: Bool
  let escapedSlashes: HTTPConnectionManagerConfig.EscapedSlashes

  /// nil: paths are left as they are.
  public init?(_ config: HTTPConnectionManagerConfig) {
    normalizes = config.normalizePath
    mergesSlashes = config.mergeSlashes
    escapedSlashes = config.escapedSlashes
    if !normalizes, !mergesSlashes, escapedSlashes == .keepUnchanged { return nil }
  }

  /// Escaped slashes first, then escapes and dot segments, then runs of slashes. The query stays.
  public func apply(to head: RequestHead) -> Outcome {
    let path = head.text(head.path)
    guard path.count > 0, path[0] == PathWriter.slash, Self.isUnusual(path) else {
      return .proceed
    }
    let start = head.bytes.count
    var writer = PathWriter(start: start, policy: self)
    guard writer.write(path, to: head.bytes) else {
      head.bytes.truncate(to: start)
      return .reject
    }
    if writer.foundEscapedSlash, escapedSlashes == .rejectRequest {
      head.bytes.truncate(to: start)
      return .reject
    }
    if mergesSlashes { Self.mergeSlashes(in: head.bytes, from: start) }
    let redirects = writer.foundEscapedSlash && escapedSlashes == .unescapeAndRedirect
    if redirects, !head.bytes.isOwnPath(from: start) {
      head.bytes.truncate(to: start)
      return .reject
    }
    head.replacePath(writtenFrom: start)
    return redirects ? .redirect : .proceed
  }

  /// Holds an escape, a backslash, a segment that begins with a dot, or two slashes in a row.
  private static func isUnusual(_ path: borrowing Span<UInt8>) -> Bool {
    var last: UInt8 = 0
    for index in path.indices {
      let byte = path[index]
      if byte == PathWriter.percent || byte == PathWriter.backslash { return true }
      if last == PathWriter.slash, byte == PathWriter.slash || byte == PathWriter.dot {
        return true
      }
      last = byte
    }
    return false
  }

  private static func mergeSlashes(in bytes: ByteBuffer, from start: Int) {
    var end = start
    for index in start..<bytes.count {
      let byte = bytes.readable[index]
      if byte == PathWriter.slash, end > start, bytes.readable[end &- 1] == PathWriter.slash {
        continue
      }
      bytes.replace(at: end, with: byte)
      end &+= 1
    }
    bytes.truncate(to: end)
  }
}

/// Writes a path segment by segment, and takes segments back at `..`.
private struct PathWriter {
  static let slash = UInt8(ascii: "/")
  static let backslash = UInt8(ascii: "\\")
  static let dot = UInt8(ascii: ".")
  static let percent = UInt8(ascii: "%")

  let start: Int
  let policy: PathPolicy
  /// Where the segment being written begins, behind its slash.
  private var segment: Int
  private(set) var foundEscapedSlash = false

  init(start: Int, policy: PathPolicy) {
    self.start = start
    self.policy = policy
    segment = start
  }

  /// False when an escape is none, or hides a NUL.
  mutating func write(_ path: borrowing Span<UInt8>, to bytes: ByteBuffer) -> Bool {
    bytes.append(Self.slash)
    segment = bytes.count
    var index = 1
    while index < path.count {
      let byte = path[index]
      guard byte == Self.percent else {
        write(byte, to: bytes)
        index &+= 1
        continue
      }
      if let value = path.percentDecoded(at: index) {
        guard write(escaped: value, path.extracting(index..<index &+ 3), to: bytes) else {
          return false
        }
        index &+= 3
      } else {
        if policy.normalizes { return false }
        bytes.append(byte)
        index &+= 1
      }
    }
    _ = dropsDots(bytes)
    return true
  }

  private mutating func write(_ byte: UInt8, to bytes: ByteBuffer) {
    let separates = byte == Self.slash || byte == Self.backslash && policy.normalizes
    guard separates else { return bytes.append(byte) }
    if dropsDots(bytes) { return }
    bytes.append(Self.slash)
    segment = bytes.count
  }

  private mutating func write(
    escaped byte: UInt8, _ source: borrowing Span<UInt8>, to bytes: ByteBuffer
  ) -> Bool {
    if byte == Self.slash || byte == Self.backslash, policy.escapedSlashes != .keepUnchanged {
      foundEscapedSlash = true
      write(byte, to: bytes)
    } else if !policy.normalizes {
      bytes.append(source.extracting(source.indices))
    } else if byte == 0 {
      return false
    } else if ASCII.isUnreserved(byte) {
      bytes.append(byte)
    } else {
      bytes.append(percentEncoded: byte)
    }
    return true
  }

  /// At the end of a segment: takes back `.`, and `..` with the segment before it (RFC 3986 section
  /// 5.2.4). True when it did: the slash before it then stands for the one behind.
  private mutating func dropsDots(_ bytes: ByteBuffer) -> Bool {
    let count = bytes.count &- segment
    guard policy.normalizes, count == 1 || count == 2 else { return false }
    for index in segment..<bytes.count where bytes.readable[index] != Self.dot { return false }
    if count == 2, segment &- start > 1 {
      segment &-= 1
      while bytes.readable[segment &- 1] != Self.slash { segment &-= 1 }
    }
    bytes.truncate(to: segment)
    return true
  }
}
