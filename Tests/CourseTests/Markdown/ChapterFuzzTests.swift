import Course
import Testing

/// By law: whatever the bytes, the parser returns, every line number lies in the file, and every step
/// stands in the tree exactly once.
@Suite("Chapter parser: damaged files")
struct ChapterFuzzTests {
  /// A small generator with a fixed seed, so that a failure can be repeated.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  @Test("the sample cut at every byte")
  func truncations() {
    let bytes = Array(SampleChapter.text.utf8)
    for length in bytes.indices { check(Array(bytes[..<length])) }
  }

  @Test("bytes flipped, lines shuffled, pieces repeated", arguments: [1, 2, 3, 4] as [UInt64])
  func damage(seed: UInt64) {
    var generator = Generator(state: seed)
    let bytes = Array((SampleChapter.text + Self.extras).utf8)
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let place = Int.random(in: damaged.indices, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: damaged[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: damaged.remove(at: place)
        case 2:
          let end = min(damaged.count, place + Int.random(in: 1...40, using: &generator))
          let target = Int.random(in: damaged.indices, using: &generator)
          damaged.insert(contentsOf: damaged[place..<end], at: target)
        case 3: damaged.insert(Self.signs.randomElement(using: &generator) ?? 0x60, at: place)
        default: damaged.removeLast(min(damaged.count - 1, place / 20))
        }
      }
      check(damaged)
    }
  }

  private static let signs = Array("`<>!-|$[]()#*_\\\n\r\t&:@{}^~\0".utf8) + [0xE2, 0xFF]

  private static let extras = """
    <details><summary>Hint</summary>

    | a | `b` |
    |---|:-:|
    | 1.5<!--=half--> | $`\\frac{1}{2}`$ [@x; @y] |

    </details>
    <!-- for: cs-student -->
    > - 1. nested
    <!-- end -->

    ```swift wrong=a fails-at=1
    let a = 1
    ```
    Message
    """

  private func check(_ bytes: [UInt8]) {
    let parsed = ParsedText(bytes: bytes)
    let lineCount = max(1, parsed.chapter.source.utf8.count { $0 == 0x0A } + 1)
    let lines =
      parsed.diagnostics.map(\.line) + Self.flattened(parsed.blocks).map(\.line)
      + numbers(in: parsed.blocks).map(\.line) + parsed.chapter.steps.map(\.line)
    let isWithin = lines.allSatisfy { (1...lineCount).contains($0) }
    let steps = Self.flattened(parsed.blocks).compactMap { block in
      if case .step(let index) = block.kind { index } else { nil }
    }
    let areAllSteps = steps == Array(parsed.chapter.steps.indices)
    guard isWithin, areAllSteps else {
      Issue.record(
        "lines \(lines) of \(lineCount), steps \(steps): \(String(decoding: bytes, as: UTF8.self))")
      return
    }
    #expect(isWithin && areAllSteps)
  }

  private static func flattened(_ blocks: [Block]) -> [Block] {
    blocks.flatMap { block -> [Block] in
      switch block.kind {
      case .quote(let inner), .details(_, let inner), .claim(_, _, let inner),
        .audience(_, let inner):
        [block] + flattened(inner)
      case .list(_, _, let items): [block] + items.flatMap(flattened)
      default: [block]
      }
    }
  }
}
