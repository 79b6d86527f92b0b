import Config
import XDSTranslate

// Any bytes as a resource from the control plane, whose type the first byte chooses: taken or refused
// with a reason, and what can be shown is shown. Any bytes as a whole response too.

private func translate(_ bytes: [UInt8], as type: ResourceType) {
  switch type {
  case .cluster:
    let cluster = translateCluster(bytes)
    expectReason(cluster.value != nil, cluster.findings)
  case .clusterLoadAssignment:
    let endpoints = translateEndpoints(bytes)
    expectReason(endpoints.value != nil, endpoints.findings)
  case .listener:
    let listener = translateListener(bytes)
    expectReason(listener.value != nil, listener.findings)
    if let config = listener.value { compile(config) }
  case .routeConfiguration:
    let routes = translateRoutes(bytes)
    expectReason(routes.value != nil, routes.findings)
    if let config = routes.value { compile(config) }
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let all = copy(unsafe Span(_unsafeStart: start, count: count))
  let types = ResourceType.allCases
  let choice = Int(all[0]) % (types.count + 1)
  let bytes = Array(all[1...])
  guard choice < types.count else {
    guard let response = try? DiscoveryResponse(decoding: bytes) else { return 0 }
    for resource in response.resources {
      guard let type = ResourceType(typeURL: resource.typeURL) else { continue }
      translate(resource.bytes, as: type)
    }
    return 0
  }
  let type = types[choice]
  translate(bytes, as: type)
  if let text = dumpResource(bytes, typeURL: type.typeURL) {
    precondition(text.hasPrefix("{"), "a resource is shown as a JSON object")
  }
  return 0
}
