import HTTPModel
import Memory
import Patterns

/// A compiled `RedirectAction`.
struct RedirectAction: Sendable {
  enum PathChange: Sendable {
    case none
    /// The text may hold a query of its own, which then replaces the request's.
    case replace(ByteRange, hasQuery: Bool)
    case prefix(ByteRange)
    case regex(RegexRewrite)
  }
  var isSecure: Bool?
  var scheme: ByteRange?
  var host: ByteRange?
  var port: UInt16?
  var path: PathChange
  var status: Int
  var stripsQuery: Bool
}

extension Route {
  /// Appends the `location` of a redirect to `bytes`: a path alone where the request names no host, as
  /// HTTP/1.0 allows.
  /// - Returns: false when there is no such location: it needs the host that was not named.
  public func writeLocation(
    for head: RequestHead, from origin: RequestOrigin, to bytes: ByteBuffer,
    _ workspace: PatternWorkspace
  ) -> Bool {
    guard case .redirect(let redirect)? = answer else { return false }
    guard redirect.host != nil || !head.authority.isEmpty else {
      writePath(redirect, head, to: bytes, workspace)
      return redirect.scheme == nil && redirect.port == nil && bytes.isOwnPath(from: 0)
    }
    let current = origin.isSecure ? program.https : program.http
    bytes.append(text(redirect.scheme ?? current))
    bytes.append("://")
    writeHost(redirect, head, origin, to: bytes)
    if let port = redirect.port {
      bytes.append(0x3A)
      bytes.append(decimal: UInt64(port))
    }
    writePath(redirect, head, to: bytes, workspace)
    return true
  }

  private func writeHost(
    _ redirect: RedirectAction, _ head: RequestHead, _ origin: RequestOrigin, to bytes: ByteBuffer
  ) {
    if let host = redirect.host { return bytes.append(text(host)) }
    let authority = head.text(head.authority)
    let bare = authority.countWithoutPort
    let dropsPort =
      redirect.port != nil || redirect.losesDefaultPort(authority, bare, from: origin)
    bytes.append(authority.extracting(0..<(dropsPort ? bare : authority.count)))
  }

  private func writePath(
    _ redirect: RedirectAction, _ head: RequestHead, to bytes: ByteBuffer,
    _ workspace: PatternWorkspace
  ) {
    // `*` is the server as a whole, which an address without a path names (RFC 9112 section 3.2.4).
    guard head.hasPath else { return }
    let start = bytes.count
    var keepsQuery = !redirect.stripsQuery
    switch redirect.path {
    case .none: bytes.append(head.text(head.path))
    case .replace(let path, let hasQuery):
      bytes.append(text(path))
      if hasQuery { keepsQuery = false }
    case .prefix(let prefix): writeRewritten(prefix: prefix, head, to: bytes)
    case .regex(let rewrite): rewrite.write(head.path, of: head, to: bytes, program, workspace)
    }
    if redirect.losesWrittenQuery { bytes.dropQuery(from: start) }
    bytes.beginPath(at: start)
    if keepsQuery, head.target.count > head.path.count {
      let query = head.text(head.target)
      bytes.append(query.extracting(Int(head.path.count)..<query.count))
    }
  }

  /// Appends the path with the part that the route matched replaced.
  func writeRewritten(prefix: ByteRange, _ head: RequestHead, to bytes: ByteBuffer) {
    let path = head.text(head.path)
    var matched = Int(self.path.text.count)
    if case .regex = self.path.kind { matched = path.count }
    bytes.append(text(prefix))
    bytes.append(path.extracting(matched..<path.count))
  }
}

extension RedirectAction {
  /// `strip_query` takes a query that a rewrite wrote as well, but none of `path_redirect`.
  fileprivate var losesWrittenQuery: Bool {
    if case .replace = path { false } else { stripsQuery }
  }

  /// The other scheme would not mean the default port of the request's: `:80` and `:443` go.
  fileprivate func losesDefaultPort(
    _ authority: borrowing Span<UInt8>, _ bare: Int, from origin: RequestOrigin
  ) -> Bool {
    guard let isSecure, isSecure != origin.isSecure, bare < authority.count else { return false }
    let port = authority.extracting((bare &+ 1)..<authority.count).decimalValue
    return port == (origin.isSecure ? 443 : 80)
  }
}
