/// The release that this is, the same as the proxy's.
public let martletVersion = "0.1.0"
