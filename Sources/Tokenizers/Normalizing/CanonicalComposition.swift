/// Unicode's normalization form C.
///
/// Source: Unicode Standard Annex 15 and chapter 3.11 and 3.12 of the standard. Written out here
/// because the engine does without Foundation, and because the tables must be those of the tokenizers
/// that models were trained with.
package enum CanonicalComposition {
  /// The composed text, of one that is valid UTF-8.
  ///
  /// Only where a character may change is anything done: from the character before it to the next
  /// that stays as it is whatever stands before.
  package static func composed(_ text: [UInt8]) -> [UInt8] {
    text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return text }
      let tables = Tables.shared
      var result: [UInt8] = []
      var done = 0  // up to here the text is in the result
      var previous = 0  // where the last character began that stays as it is
      var index = 0
      while index < buffer.count {
        if base[index] < 0xcc {  // below U+0300 everything stays as it is
          if base[index] & 0xc0 != 0x80 { previous = index }
          index += 1
          continue
        }
        let (value, length) = scalar(at: index, in: base)
        guard tables.mayChange(value) else {
          previous = index
          index += length
          continue
        }
        var scalars: [UInt32] = []
        var place = previous
        while place < buffer.count {
          let (value, length) = scalar(at: place, in: base)
          if place > index, !tables.mayChange(value) { break }
          tables.appendDecomposition(of: value, to: &scalars)
          place += length
        }
        reorder(&scalars, tables)
        compose(&scalars, tables)
        result += buffer[done..<previous]
        for value in scalars { appendUTF8(value, to: &result) }
        done = place
        previous = place
        index = place
      }
      if done == 0 { return text }
      return result + buffer[done...]
    }
  }

  /// Puts runs of marks in the order of their classes, keeping the order within a class.
  private static func reorder(_ scalars: inout [UInt32], _ tables: Tables) {
    var index = 0
    while index < scalars.count {
      guard tables.combiningClass(scalars[index]) != 0 else {
        index += 1
        continue
      }
      var end = index + 1
      while end < scalars.count, tables.combiningClass(scalars[end]) != 0 { end += 1 }
      if end - index > 1 {
        let run = scalars[index..<end].enumerated().map {
          (tables.combiningClass($0.element), $0.offset, $0.element)
        }
        for (place, entry) in run.sorted(by: { ($0.0, $0.1) < ($1.0, $1.1) }).enumerated() {
          scalars[index + place] = entry.2
        }
      }
      index = end
    }
  }

  /// Composes each character with the last starter, unless something between them blocks it.
  private static func compose(_ scalars: inout [UInt32], _ tables: Tables) {
    var starter: Int?
    var lastClass = -1  // of what is kept after the starter; -1 for nothing
    var kept = 0
    for index in scalars.indices {
      let value = scalars[index]
      let ownClass = Int(tables.combiningClass(value))
      if let place = starter, lastClass < ownClass,
        let composite = tables.composite(scalars[place], value)
      {
        scalars[place] = composite
        continue
      }
      if ownClass == 0 {
        starter = kept
        lastClass = -1
      } else {
        lastClass = ownClass
      }
      scalars[kept] = value
      kept += 1
    }
    scalars.removeLast(scalars.count - kept)
  }
}

extension CanonicalComposition {
  /// Decompositions, compositions and combining classes.
  struct Tables: Sendable {
    static let shared = Tables()

    private var decompositions: [UInt32: [UInt32]] = [:]
    private var composites: [UInt64: UInt32] = [:]
    private var classes: [UInt32: UInt8] = [:]
    /// A bit for each scalar that normalization may change or join to the one before.
    private var changing = [UInt64](repeating: 0, count: 0x110000 / 64)

    private init() {
      for word in CanonicalTable.decompositions.split(whereSeparator: \.isWhitespace) {
        let composes = word.first != "!"
        let parts = word.drop { $0 == "!" }.split(separator: ":")
          .compactMap { UInt32($0, radix: 16) }
        guard let whole = parts.first else { continue }
        decompositions[whole] = Array(parts.dropFirst())
        if composes, parts.count == 3 {
          composites[Self.key(parts[1], parts[2])] = whole
          mark(parts[2])
        } else {
          mark(whole)
        }
      }
      var number: UInt8 = 0
      for word in CanonicalTable.combiningClasses.split(whereSeparator: \.isWhitespace) {
        if word.first == "=" {
          number = UInt8(word.dropFirst()) ?? 0
        } else if let range = scalarRange(word) {
          for value in range {
            classes[value] = number
            mark(value)
          }
        }
      }
      for value in Hangul.vowels..<Hangul.vowels + Hangul.vowelCount { mark(value) }
      for value in Hangul.tails + 1..<Hangul.tails + Hangul.tailCount { mark(value) }
    }

    private mutating func mark(_ value: UInt32) {
      changing[Int(value / 64)] |= 1 << UInt64(value % 64)
    }

    @inline(__always)
    func mayChange(_ value: UInt32) -> Bool {
      changing[Int(value / 64)] >> UInt64(value % 64) & 1 == 1
    }

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
      UInt64(first) << 32 | UInt64(second)
    }

    func combiningClass(_ value: UInt32) -> UInt8 { value < 0x300 ? 0 : classes[value] ?? 0 }

    func appendDecomposition(of value: UInt32, to result: inout [UInt32]) {
      if value < 0xc0 { return result.append(value) }
      if value >= Hangul.syllables, value < Hangul.syllables + Hangul.count {
        let index = value - Hangul.syllables
        result.append(Hangul.leads + index / (Hangul.vowelCount * Hangul.tailCount))
        result.append(Hangul.vowels + index / Hangul.tailCount % Hangul.vowelCount)
        if index % Hangul.tailCount > 0 { result.append(Hangul.tails + index % Hangul.tailCount) }
        return
      }
      guard let parts = decompositions[value] else { return result.append(value) }
      for part in parts { appendDecomposition(of: part, to: &result) }
    }

    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
      if first >= Hangul.leads, first < Hangul.leads + Hangul.leadCount,
        second >= Hangul.vowels, second < Hangul.vowels + Hangul.vowelCount
      {
        let lead = first - Hangul.leads
        let vowel = second - Hangul.vowels
        return Hangul.syllables + (lead * Hangul.vowelCount + vowel) * Hangul.tailCount
      }
      if first >= Hangul.syllables, first < Hangul.syllables + Hangul.count,
        (first - Hangul.syllables) % Hangul.tailCount == 0,
        second > Hangul.tails, second < Hangul.tails + Hangul.tailCount
      {
        return first + second - Hangul.tails
      }
      return composites[Self.key(first, second)]
    }
  }

  /// The arithmetic of Korean syllables: section 3.12 of the Unicode standard.
  private enum Hangul {
    static let syllables: UInt32 = 0xac00
    static let leads: UInt32 = 0x1100
    static let vowels: UInt32 = 0x1161
    static let tails: UInt32 = 0x11a7
    static let leadCount: UInt32 = 19
    static let vowelCount: UInt32 = 21
    static let tailCount: UInt32 = 28
    static let count: UInt32 = 11172
  }
}
