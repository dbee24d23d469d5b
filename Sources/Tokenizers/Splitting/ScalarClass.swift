/// What the split patterns ask of a scalar.
enum ScalarClass {
  static let other: UInt8 = 0
  static let letter: UInt8 = 1
  static let number: UInt8 = 2
  static let space: UInt8 = 3
  static let punctuation: UInt8 = 4
}

/// The class of every scalar, one byte each.
///
/// Filled once, on first use: a million bytes of which a text touches few pages.
///
/// Sendable although it holds a pointer: nothing is written after `init`, and it is never freed.
struct ScalarClassTable: @unchecked Sendable {
  static let shared = ScalarClassTable()

  /// The classes, by the scalar's value, up to U+10FFFF.
  let classes: UnsafePointer<UInt8>

  private init() {
    let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 0x110000)
    table.initialize(repeating: ScalarClass.other, count: 0x110000)
    for (ranges, kind) in [
      (ScalarClassRanges.letters, ScalarClass.letter),
      (ScalarClassRanges.numbers, ScalarClass.number),
      (ScalarClassRanges.spaces, ScalarClass.space),
      (ScalarClassRanges.punctuation, ScalarClass.punctuation),
    ] {
      for word in ranges.split(whereSeparator: \.isWhitespace) {
        guard let range = scalarRange(word) else { continue }
        for scalar in range { table[Int(scalar)] = kind }
      }
    }
    classes = UnsafePointer(table)
  }
}

/// `start` or `start+more`, in hexadecimal.
func scalarRange(_ text: Substring) -> ClosedRange<UInt32>? {
  let parts = text.split(separator: "+").compactMap { UInt32($0, radix: 16) }
  guard let start = parts.first, let more = parts.last, parts.count <= 2 else { return nil }
  return start...(parts.count == 1 ? start : start + more)
}
