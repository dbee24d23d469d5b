/// The present names that a mistyped one most likely meant, at most three, best first.
///
/// A name that contains the asked one, or is contained in it, comes first (`weight` asks for
/// `model.layers.0.weight`), the shortest before longer ones; then those that a few edits turn into
/// it. Upper and lower case count as equal.
package func nearestNames(to name: String, among names: [String]) -> [String] {
  let asked = Array(name.lowercased().utf8)
  guard !asked.isEmpty, asked.count <= 512 else { return [] }
  let allowed = max(2, asked.count / 3)
  var found: [(score: Int, name: String)] = []
  for candidate in names {
    let bytes = Array(candidate.lowercased().utf8)
    let difference = abs(bytes.count - asked.count)
    if contains(bytes, asked) || bytes.count > 2 && contains(asked, bytes) {
      found.append((difference / 16, candidate))
    } else if difference <= allowed {
      let distance = editDistance(asked, bytes)
      if distance <= allowed { found.append((distance, candidate)) }
    }
  }
  found.sort { ($0.score, ExactName($0.name)) < ($1.score, ExactName($1.name)) }
  return found.prefix(3).map(\.name)
}

private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
  guard !part.isEmpty, part.count <= bytes.count else { return false }
  return (0...bytes.count - part.count).contains { bytes[$0...].starts(with: part) }
}

/// The fewest insertions, deletions, replacements and swaps of neighbours that turn one into the other
/// (Damerau and Levenshtein; no letter is edited twice).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for (row, byte) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var least = min(
        previous[column] + (byte == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, byte == right[column - 1], other == left[row - 1] {
        least = min(least, beforePrevious[column - 1] + 1)
      }
      current.append(least)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[right.count]
}
