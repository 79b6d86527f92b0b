/// SHA-256 (FIPS 180-4), 32 bytes.
public func sha256(of bytes: [UInt8]) -> [UInt8] { OpenSSL.sha256(bytes) }
