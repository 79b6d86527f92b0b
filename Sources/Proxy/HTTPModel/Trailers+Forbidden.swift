extension Trailers {
  /// Fields about framing, routing, authentication or the connection must not come as trailers (RFC 9110
  /// section 6.5.1): they, and all others the proxy knows by name, are dropped.
  public func removeForbidden() {
    for index in 0..<fieldCount where isForbidden(index) { mark(index, .removed) }
  }

  private func isForbidden(_ index: Int) -> Bool {
    if field(at: index).known != .other { return true }
    let name = name(at: index)
    return name.equalsIgnoringCase("content-encoding")
      || name.equalsIgnoringCase("content-range") || name.equalsIgnoringCase("range")
      || name.equalsIgnoringCase("max-forwards") || name.equalsIgnoringCase("proxy-authorization")
      || name.equalsIgnoringCase("proxy-authenticate")
      || name.equalsIgnoringCase("www-authenticate")
  }
}
