/// A resource as JSON, for the configuration dump: canonical proto3 mapping, field names as in
/// configuration files, `@type` in front. nil when the type is not compiled in or the bytes are not
/// of that type.
public func dumpResource(_ bytes: [UInt8], typeURL: String) -> String? {
  guard let descriptor = AnyType.descriptor(for: typeURL),
    let message = try? MessageDecoder.decode(bytes, as: descriptor)
  else { return nil }
  let any = Message(Schema.shared.declared(WellKnownType.any.rawValue))
  any["type_url"] = .string(typeURL)
  any.content = message
  return JSONEncoder.encode(any)
}

/// A bootstrap file as JSON, for the configuration dump; nil when it cannot be read.
public func dumpBootstrap(yaml: [UInt8]) -> String? {
  let report = Report()
  guard let node = try? YAMLComposer.compose(yaml),
    let message = NodeDecoder(report: report).decode(
      node, as: Schema.shared.declared(TypeName.bootstrap), .root)
  else { return nil }
  return JSONEncoder.encode(message)
}
