extension Array<UInt8> {
  /// A copy of the buffer's readable bytes.
  public init(_ buffer: ByteBuffer) {
    let bytes = buffer.readable
    self.init(capacity: bytes.count) { output in
      for index in 0..<bytes.count { output.append(bytes[index]) }
    }
  }
}
