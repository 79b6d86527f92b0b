import HTTPModel
import Patterns
import Platform

extension Route {
  /// Turns the received head into the one sent upstream: header changes of the weighted cluster,
  /// the route, the virtual host and the table, at each level removals first, then host, then path.
  /// Call once an exchange; attempts share the result.
  public func applyRequest(
    to head: RequestHead, _ selection: ClusterSelection, from origin: RequestOrigin,
    _ workspace: PatternWorkspace
  ) {
    let entry = program.weightedEntry(selection)
    if entry?.requestMutations.isEmpty == false || !requestMutations.isEmpty {
      let subject = FormatSubject(
        program: program, route: self, request: head, origin: origin, selection: selection)
      if let entry { run(entry.requestMutations, on: head, subject) }
      run(requestMutations, on: head, subject)
    }
    rewriteHost(forward.hostRewrite, entry?.hostRewrite, head)
    rewritePath(forward.pathRewrite, head, workspace)
  }

  /// Changes the head that goes to the client: the upstream's, or one the proxy made.
  /// - Parameters:
  ///   - selection: nil when no cluster was selected.
  ///   - upstream: the endpoint that answered; nil when none did.
  public func applyResponse(
    to response: ResponseHead, of head: RequestHead, _ selection: ClusterSelection?,
    from origin: RequestOrigin, upstream: SocketAddress?
  ) {
    let entry = program.weightedEntry(selection)
    guard entry?.responseMutations.isEmpty == false || !responseMutations.isEmpty
    else { return }
    let subject = FormatSubject(
      program: program, route: self, request: head, origin: origin, selection: selection,
      response: response, upstream: upstream)
    if let entry { run(entry.responseMutations, on: response, subject) }
    run(responseMutations, on: response, subject)
  }

  private func run(_ levels: MutationLevels, on head: MessageHead, _ subject: FormatSubject) {
    run(levels.route, on: head, subject)
    run(levels.virtualHost, on: head, subject)
    run(levels.table, on: head, subject)
  }

  private func run(_ range: ElementRange, on head: MessageHead, _ subject: FormatSubject) {
    for index in range.indices { program.mutations[index].apply(to: head, subject) }
  }

  /// What the route says of the host stands over what the weighted cluster says.
  private func rewriteHost(
    _ rewrite: ForwardAction.HostRewrite, _ weighted: ByteRange?, _ head: RequestHead
  ) {
    if let weighted { head.replaceAuthority(with: text(weighted)) }
    switch rewrite {
    case .none, .endpointName: break
    case .literal(let host): head.replaceAuthority(with: text(host))
    case .header(let name):
      if let index = head.nextIndex(of: name.known, name: text(name.text), from: 0),
        Authority.isValid(head.value(at: index))
      {
        head.replaceAuthority(with: head.value(at: index))
      }
    }
  }

  private func rewritePath(
    _ rewrite: ForwardAction.PathRewrite, _ head: RequestHead, _ workspace: PatternWorkspace
  ) {
    guard head.hasPath else { return }
    let start = head.bytes.count
    switch rewrite {
    case .none: return
    case .prefix(let prefix): writeRewritten(prefix: prefix, head, to: head.bytes)
    case .regex(let rewrite):
      rewrite.write(head.path, of: head, to: head.bytes, program, workspace)
    }
    head.bytes.beginPath(at: start)
    head.replacePath(writtenFrom: start)
  }
}

extension RequestHead {
  /// The target is more than the `*` of OPTIONS.
  var hasPath: Bool { !path.isEmpty && text(path)[0] == UInt8(ascii: "/") }
}

extension MutationLevels {
  fileprivate var isEmpty: Bool { route.isEmpty && virtualHost.isEmpty && table.isEmpty }
}
