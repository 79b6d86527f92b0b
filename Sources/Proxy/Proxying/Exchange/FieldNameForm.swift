import Config
import HTTPModel
import Memory

extension HTTP1OptionsConfig.NameForm {
  /// Writes the names of fields anew that stand in `buffer`, behind a first line that begins at `start`,
  /// up to an empty line. Names keep their length.
  /// - Parameter head: whose fields they are.
  @inline(never)
  func rewriteNames(in buffer: ByteBuffer, from start: Int, of head: MessageHead) {
    var position = Self.lineEnd(in: buffer, from: start)
    while position < buffer.count, buffer.readable[position] != ASCII.carriageReturn {
      let end = Self.lineEnd(in: buffer, from: position)
      let nameEnd = ByteScan.firstIndex(of: 0x3A, in: buffer.readable, position..<end)
      switch self {
      case .received: return
      case .properCase: Self.capitalize(position..<nameEnd, in: buffer)
      case .preserved: Self.restore(position..<nameEnd, in: buffer, from: head)
      }
      position = end
    }
  }

  /// Behind the line that begins at `start`.
  private static func lineEnd(in buffer: ByteBuffer, from start: Int) -> Int {
    let count = buffer.count
    let end = ByteScan.firstIndex(of: ASCII.lineFeed, in: buffer.readable, start..<count)
    return min(count, end + 1)
  }

  private static func capitalize(_ name: Range<Int>, in buffer: ByteBuffer) {
    var beginsWord = true
    for index in name {
      let byte = buffer.readable[index]
      let lower = byte | 0x20
      let isLetter = 0x61...0x7A ~= lower
      if isLetter { buffer.replace(at: index, with: beginsWord ? lower & ~0x20 : lower) }
      beginsWord = !isLetter && !ASCII.isDigit(byte)
    }
  }

  /// Writes a name that the proxy knows as the head has it.
  private static func restore(
    _ name: Range<Int>, in buffer: ByteBuffer, from head: MessageHead
  ) {
    let known = KnownHeader.classify(buffer.readable, at: name.lowerBound, count: name.count)
    guard known != .other, let index = head.firstIndex(of: known) else { return }
    let received = head.name(at: index)
    for offset in 0..<name.count {
      buffer.replace(at: name.lowerBound + offset, with: received[offset])
    }
  }
}
