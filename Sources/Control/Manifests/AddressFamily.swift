import Glibc

/// `EndpointSlice.addressType`. Names (`FQDN`) are deprecated in Kubernetes and not taken.
enum AddressFamily: String, CaseIterable {
  case ipv4 = "IPv4"
  case ipv6 = "IPv6"

  /// Whether a text is an address of this family in its numeric spelling.
  func holds(_ address: String) -> Bool {
    switch self {
    case .ipv4:
      var parsed = in_addr()
      return inet_pton(AF_INET, address, &parsed) == 1
    case .ipv6:
      var parsed = in6_addr()
      return inet_pton(AF_INET6, address, &parsed) == 1
    }
  }
}
