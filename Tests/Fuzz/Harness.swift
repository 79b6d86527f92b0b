import HTTP1
import HTTPModel
import Memory

// What the harnesses share. A broken promise traps: libFuzzer keeps the input.

/// The pieces in which an input is shown: where each ends, drawn from the input itself.
func cuts(_ bytes: Span<UInt8>) -> [Int] {
  var ends: [Int] = []
  var position = 0
  var state = UInt32(truncatingIfNeeded: bytes.count) &+ 1
  while position < bytes.count {
    state = state &* 1_664_525 &+ 1_013_904_223 &+ UInt32(bytes[position])
    position += Int(state >> 24) % 9 + 1
    ends.append(min(position, bytes.count))
  }
  return ends
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] { bytes.indices.map { bytes[$0] } }

/// How a decoder judged an input.
enum Verdict<Value: Equatable>: Equatable {
  case accepted(Value)
  case incomplete
  case refused

  /// Seen piece by piece, an accepted input is accepted as the same, and no other is accepted. What is
  /// refused whole may still be waiting for its end.
  func allows(_ pieces: Self) -> Bool {
    switch (self, pieces) {
    case (.accepted(let a), .accepted(let b)): a == b
    case (.incomplete, .incomplete), (.refused, .refused), (.refused, .incomplete): true
    default: false
    }
  }
}

/// A field that is sent on: name and value.
struct Line: Equatable {
  var name: [UInt8]
  var value: [UInt8]
}

extension MessageHead {
  /// The fields sent on; the framing and host lines, which an encoder writes itself, left out.
  var endToEndLines: [Line] {
    (0..<fieldCount).filter { field(at: $0).isForwarded && field(at: $0).known != .host }.map {
      Line(name: copy(name(at: $0)), value: copy(value(at: $0)))
    }
  }
}
