import Memory

extension ByteBuffer {
  var text: String { String(decoding: [UInt8](self), as: UTF8.self) }
}

/// Every way to cut bytes in two, and all of them one by one.
func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
  (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] } + [bytes.map { [$0] }]
}

/// A message of gRPC with its prefix.
func frame(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
  let count = UInt32(message.count)
  return [flag] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + message
}
