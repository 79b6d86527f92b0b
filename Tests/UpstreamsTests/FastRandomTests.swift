import Platform
import Testing

@Suite struct FastRandomTests {
  @Test func aSeedRepeatsItsDraws() {
    var first = FastRandom(seed: 5)
    var second = FastRandom(seed: 5)
    for _ in 0..<10 {
      let draws = (first.next(), second.next())
      #expect(draws.0 == draws.1)
    }
    var one = FastRandom()
    var other = FastRandom()
    let draws = (one.next(), other.next())
    #expect(draws.0 != draws.1)
  }

  /// Chi-square over 256 buckets, 1,000,000 draws: mean 255, standard deviation 22.6.
  @Test func drawsAreEven() {
    var random = FastRandom(seed: 77)
    var counts = [Int](repeating: 0, count: 256)
    for _ in 0..<1_000_000 { counts[random.next(below: 256)] += 1 }
    let expected = 1_000_000.0 / 256
    let chiSquare = counts.reduce(0.0) { sum, count in
      let distance = Double(count) - expected
      return sum + distance * distance / expected
    }
    #expect(chiSquare > 255 - 5 * 22.6 && chiSquare < 255 + 5 * 22.6)
  }

  @Test func fractionsLieBelowOne() {
    var random = FastRandom(seed: 1)
    for _ in 0..<10_000 {
      let fraction = random.nextFraction()
      #expect((0..<1).contains(fraction))
    }
  }
}
