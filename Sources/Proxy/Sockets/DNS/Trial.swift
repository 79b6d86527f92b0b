import Config
import Platform
import Reactor
public final class Resolver { public init(on loop: EventLoop) {} }
public final class StrictDNSCluster {
  public init(name: String, discovery: DNSDiscovery, resolver: Resolver, on loop: EventLoop, onChange: @escaping (EndpointSet) -> Void) {}
  public func stop() {}
}
