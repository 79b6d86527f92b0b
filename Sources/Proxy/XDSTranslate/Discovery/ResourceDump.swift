/// A resource as JSON: canonical proto3 mapping, field names as in
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
