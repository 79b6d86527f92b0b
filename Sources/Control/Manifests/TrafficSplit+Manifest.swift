import MeshModel

extension TrafficSplit {
  /// Reads a `TrafficSplit` of any of SMI's four versions.
  static func decode(
    _ header: inout ManifestHeader
  ) throws(MeshFault) -> (MeshObject, [FieldPath]) {
    guard let version = SMIVersion(rawValue: header.apiVersion) else {
      preconditionFailure("a header's apiVersion is one of its kind's")
    }
    guard var spec = try header.fields.map("spec") else { throw header.fields.missing("spec") }
    let service = try root(&spec, namespace: header.namespace)
    if version.hasMatches, spec.take("matches") != nil {
      throw spec.fault(
        "matching by HTTPRouteGroup is not supported: every request to the service is split",
        at: "matches", accepted: ["no matches"])
    }
    let backends = try backends(&spec, version)
    _ = try spec.finish()
    let ignored = try header.fields.finish()
    let split = TrafficSplit(
      namespace: header.namespace, name: header.name, service: service, backends: backends)
    return (.trafficSplit(split), ignored)
  }

  /// The root service: its name, alone or with the namespace and cluster domain after it.
  private static func root(
    _ spec: inout FieldReader, namespace: String
  ) throws(MeshFault) -> String {
    guard let text = try spec.string("service") else { throw spec.missing("service") }
    let suffixes = ["", ".\(namespace)", ".\(namespace).svc", ".\(namespace).svc.cluster.local"]
    let name = String(text.prefix { $0 != "." })
    guard DNSName.isLabel(name), suffixes.contains(where: { name + $0 == text }) else {
      throw spec.fault(
        "not the name of a service in namespace \(namespace)", at: "service",
        accepted: suffixes.map { "NAME\($0)" })
    }
    return name
  }

  private static func backends(
    _ spec: inout FieldReader, _ version: SMIVersion
  ) throws(MeshFault) -> [TrafficSplitBackend] {
    var backends: [TrafficSplitBackend] = []
    for (node, path) in try spec.list("backends") {
      var reader = try FieldReader(node, path: path)
      guard let service = try reader.string("service") else { throw reader.missing("service") }
      let weight = try weight(&reader, version)
      _ = try reader.finish()
      guard !backends.contains(where: { $0.service == service }) else {
        throw reader.fault("this backend is given twice", at: "service")
      }
      backends.append(TrafficSplitBackend(service: service, weight: weight))
    }
    guard !backends.isEmpty else {
      throw spec.missing("backends", accepted: ["at least one backend"])
    }
    let sum = backends.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
    guard (1...UInt64(UInt32.max)).contains(sum) else {
      throw spec.fault(
        "the weights add up to \(sum)", at: "backends", accepted: ["a sum from 1 to \(UInt32.max)"])
    }
    return backends
  }

  private static func weight(
    _ reader: inout FieldReader, _ version: SMIVersion
  ) throws(MeshFault) -> UInt32 {
    let accepted =
      version.weighsByQuantity
      ? "a quantity such as 1 or 500m" : "an integer from 0 to \(UInt32.max)"
    guard let node = reader.take("weight") else {
      throw reader.missing("weight", accepted: [accepted])
    }
    switch (node.value, version.weighsByQuantity) {
    case (.integer(let integer), false):
      if let weight = UInt32(exactly: integer) { return weight }
    case (.integer(let integer), true):
      if let weight = Quantity.thousandths("\(integer)") { return weight }
    case (.number(let text), true), (.string(let text), true):
      if let weight = Quantity.thousandths(text) { return weight }
    case (.string(let text), false) where Quantity.thousandths(text) != nil:
      throw reader.fault(
        "weights are integers since v1alpha2; quantities are of v1alpha1", at: "weight",
        accepted: [accepted])
    default: break
    }
    throw reader.fault("wrong value", at: "weight", accepted: [accepted])
  }
}
