import HTTPModel
import Memory
import Platform
import Routing
import Telemetry
import Upstreams

/// From a decoded request to the cluster it goes to.
extension Exchange {
  func routeRequest(_ manager: HTTPConnectionManager) {
    let rules = manager.rules
    beginTrace(rules)
    guard admit(rules) else { return }
    identify(rules)
    guard let table = manager.table else { return reply(.noRouteTable) }
    let random = worker.randomWord()
    let match =
      requestHead.method == .connect
      ? table.matchConnect(requestHead, from: origin, random: random, worker.routing)
      : table.match(requestHead, from: origin, random: random, worker.routing)
    if worker.routing.regexLimitHits > 0 {
      manager.stats.regexLimitHits.add(worker.routing.regexLimitHits)
      worker.routing.regexLimitHits = 0
    }
    switch consume match {
    case .forward(let route): forward(route, rules, random)
    case .redirect(let route): redirect(route)
    case .directResponse(let route): respond(route)
    case .notFound where requestHead.method == .connect:
      reply(.unsupported(status: 501, "connect_not_served"))
    case .notFound: reply(.noRoute)
    case .undecided: reply(.unsupported(status: 500, "route_regex_limit_exceeded"))
    }
  }

  private func beginTrace(_ rules: ConnectionManagerRules) {
    guard let sampler = rules.sampler else { return }
    let identifiers = TraceIdentifiers(
      traceHigh: worker.randomWord(), traceLow: worker.randomWord(), spanID: worker.randomWord())
    record.trace = TraceContext.begin(
      for: requestHead, identifiers: identifiers, sampler: sampler)
  }

  private func forward(_ route: Route, _ rules: ConnectionManagerRules, _ random: UInt64) {
    self.route = route
    if asksForTunnel, !admitTunnel(route) { return }
    let hash = route.hash(of: requestHead, from: origin)
    guard
      let selection = route.selectCluster(
        for: requestHead, random: random, hash: hash, names: worker.clusterNames),
      let cluster = worker.cluster(selection.cluster)
    else { return reply(.noCluster(status: route.clusterNotFoundStatus)) }
    self.selection = selection
    self.cluster = cluster
    if rules.hasFilters, tunnel == .none, let client = grpcClient {
      filters.onCall(requestHead, of: client, to: cluster, rules)
    }
    limitDuration(route, on: cluster)
    route.applyRequest(to: requestHead, selection, from: origin, worker.routing)
    if requestHead.method == .connect { requestHead.target = requestHead.authority }
    beginAttempt(on: cluster)
  }

  private func redirect(_ route: Route) {
    self.route = route
    let location = worker.buffers.acquire()
    if route.writeLocation(for: requestHead, from: origin, to: location, worker.routing) {
      reply(redirectStatus: route.redirectStatus ?? 301, location: location.readable)
    } else {
      reply(.unsupported(status: 400, "redirect_without_host"))
    }
    worker.buffers.release(location)
  }

  private func respond(_ route: Route) {
    self.route = route
    guard let response = route.directResponse else { return }
    if wouldMistake(response.status) { return reply(.upgradeNotAllowed) }
    reply(directStatus: response.status, body: response.body)
  }

  /// Writes what an attempt changes in the head: who its caller is, and the endpoint's own name.
  func prepareHead(for endpoint: UpstreamEndpoint) {
    if route?.rewritesHostToEndpoint == true, !endpoint.hostname.isEmpty {
      requestHead.replaceAuthority(with: [UInt8](endpoint.hostname.utf8).span)
    }
    if isHostless || requestHead.authority.count == 0 { nameHost(endpoint) }
    guard let manager, manager.rules.sampler != nil else { return }
    record.attempt.spanID =
      manager.reporter.tracesAttempts ? worker.randomWord() | 1 : record.trace.spanID
    record.trace.propagate(spanID: record.attempt.spanID, in: requestHead)
  }

  /// An HTTP/1.0 client need not name a host, but what goes upstream is HTTP/1.1 (RFC 9112 section
  /// 3.2): the endpoint is asked by its own name, or else its address.
  private func nameHost(_ endpoint: UpstreamEndpoint) {
    let name = worker.buffers.acquire()
    if endpoint.hostname.isEmpty {
      name.append(endpoint.address)
    } else {
      name.append(endpoint.hostname)
    }
    requestHead.replaceAuthority(with: name.readable)
    isHostless = true
    worker.buffers.release(name)
  }
}
