import MeshModel

extension TrafficSplit {
  /// Reads a `TrafficSplit` of any of SMI's four versions.
  static func decode(_ header: inout ManifestHeader) -> MeshObject? {
    guard let version = SMIVersion(rawValue: header.apiVersion) else {
      preconditionFailure("a header's apiVersion is one of its kind's")
    }
    guard var spec = header.fields.map("spec") else {
      header.fields.missing("spec")
      return nil
    }
    let service = root(&spec, namespace: header.namespace)
    if version.hasMatches, spec.take("matches") != nil {
      spec.fault(
        "matching by HTTPRouteGroup is not supported: every request to the service is split",
        at: "matches", accepted: ["no matches"])
    }
    let backends = backends(&spec, version)
    spec.finish()
    return service.map { service in
      .trafficSplit(
        TrafficSplit(
          namespace: header.namespace, name: header.name, service: service, backends: backends))
    }
  }

  /// The root service: its name, alone or with the namespace and cluster domain after it.
  private static func root(_ spec: inout FieldReader, namespace: String) -> String? {
    guard let text = spec.string("service") else {
      spec.missing("service")
      return nil
    }
    let suffixes = ["", ".\(namespace)", ".\(namespace).svc", ".\(namespace).svc.cluster.local"]
    let name = String(text.prefix { $0 != "." })
    if DNSName.isLabel(name), suffixes.contains(where: { name + $0 == text }) { return name }
    spec.fault(
      "not the name of a service in namespace \(namespace)", at: "service",
      accepted: suffixes.map { "NAME\($0)" })
    return nil
  }

  private static func backends(
    _ spec: inout FieldReader, _ version: SMIVersion
  ) -> [TrafficSplitBackend] {
    var services: Set<String> = []
    let entries = spec.maps("backends")
    let backends = entries.compactMap { reader -> TrafficSplitBackend? in
      guard var reader else { return nil }
      let service = reader.string("service")
      if service == nil { reader.missing("service") }
      let weight = weight(&reader, version)
      reader.finish()
      guard let service else { return nil }
      if !services.insert(service).inserted {
        reader.fault("this backend is given twice", at: "service")
      }
      return weight.map { TrafficSplitBackend(service: service, weight: $0) }
    }
    if entries.isEmpty { spec.missing("backends", accepted: ["at least one backend"]) }
    let sum = backends.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
    if !backends.isEmpty, backends.count == entries.count, !(1...UInt64(UInt32.max)).contains(sum) {
      spec.fault(
        "the weights add up to \(sum)", at: "backends", accepted: ["a sum from 1 to \(UInt32.max)"])
    }
    return backends
  }

  private static func weight(_ reader: inout FieldReader, _ version: SMIVersion) -> UInt32? {
    let accepted =
      version.weighsByQuantity
      ? "a quantity such as 1 or 500m" : "an integer from 0 to \(UInt32.max)"
    guard let node = reader.take("weight") else {
      reader.missing("weight", accepted: [accepted])
      return nil
    }
    switch (node.value, version.weighsByQuantity) {
    case (.integer(let integer), false):
      if let weight = UInt32(exactly: integer) { return weight }
    case (.integer(let integer), true):
      if let weight = Quantity.thousandths("\(integer)") { return weight }
    case (.number(let text), true), (.string(let text), true):
      if let weight = Quantity.thousandths(text) { return weight }
    case (.string(let text), false) where Quantity.thousandths(text) != nil:
      reader.fault(
        "weights are integers since v1alpha2; quantities are of v1alpha1", at: "weight",
        accepted: [accepted])
      return nil
    default: break
    }
    reader.fault("wrong value", at: "weight", accepted: [accepted])
    return nil
  }
}
