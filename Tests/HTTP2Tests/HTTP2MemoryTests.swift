import Testing

@testable import HTTP2

/// Blocks for nghttp2 are kept for the next that asks, and never used twice at once.
@Suite struct HTTP2MemoryTests {
  private let memory = HTTP2Memory()

  private func filled(_ size: Int, with byte: UInt8) throws -> UnsafeMutableRawPointer {
    let block = try #require(memory.allocate(size))
    block.initializeMemory(as: UInt8.self, repeating: byte, count: size)
    return block
  }

  private func holds(_ block: UnsafeMutableRawPointer, _ size: Int, _ byte: UInt8) -> Bool {
    UnsafeRawBufferPointer(start: block, count: size).allSatisfy { $0 == byte }
  }

  @Test("blocks in use never overlap, whatever their sizes and however often they are used again")
  func apart() throws {
    let sizes = [0, 1, 47, 48, 49, 112, 113, 1000, 1007, 1008, 1009, 1024, 1025, 70_000]
    for round in 1...3 {
      let blocks = try sizes.enumerated().map { index, size in
        try filled(size, with: UInt8(round * 16 + index))
      }
      for (index, size) in sizes.enumerated() {
        #expect(holds(blocks[index], size, UInt8(round * 16 + index)))
        #expect(UInt(bitPattern: blocks[index]) % 16 == 0)
      }
      for block in blocks { memory.free(block) }
    }
  }

  @Test("a block that came back serves the next of its size")
  func again() throws {
    let block = try filled(200, with: 1)
    memory.free(block)
    #expect(memory.keptBytes >= 200)
    #expect(memory.allocate(200) == block)
    #expect(memory.keptBytes == 0)
    memory.free(block)
  }

  @Test("large blocks are not kept, and no more than a bound of small ones")
  func bound() throws {
    memory.free(try filled(100_000, with: 1))
    #expect(memory.keptBytes == 0)
    let blocks = try (0..<1000).map { _ in try filled(1000, with: 1) }
    for block in blocks { memory.free(block) }
    #expect(memory.keptBytes > 200_000)
    #expect(memory.keptBytes < 300_000)
  }

  @Test("what nobody needed for a while is freed, and what was needed is kept")
  func unused() throws {
    let blocks = try (0..<10).map { _ in try filled(200, with: 1) }
    for block in blocks { memory.free(block) }
    #expect(memory.freeUnused() == 0)
    let all = memory.keptBytes
    let needed = try (0..<4).map { _ in try filled(200, with: 1) }
    for block in needed { memory.free(block) }
    #expect(memory.freeUnused() == all / 10 * 6)
    #expect(memory.keptBytes == all / 10 * 4)
    #expect(memory.freeUnused() == all / 10 * 4)
    #expect(memory.keptBytes == 0)
  }

  @Test("a block that grows keeps what it holds", arguments: [10, 48, 49, 1000, 1009, 5000])
  func growth(_ size: Int) throws {
    let block = try filled(size, with: 7)
    let larger = try #require(memory.reallocate(block, size * 3))
    #expect(holds(larger, size, 7))
    memory.free(larger)
  }
}
