/// Finds which known words a misspelt one may have meant.
enum NearestWords {
  /// At most three known words within a third of the letters, nearest first.
  static func to(_ word: String, among known: [String]) -> [String] {
    let limit = max(1, word.count / 3)
    let near = known.map { (word: $0, distance: distance(word, $0, limit: limit)) }
      .filter { $0.distance <= limit || $0.word.hasPrefix(word) || word.hasPrefix($0.word) }
      .filter { !$0.word.isEmpty && !word.isEmpty }
      .sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }
    return near.prefix(3).map(\.word)
  }

  /// `; did you mean a or b?`, or nothing.
  static func question(_ word: String, among known: [String]) -> String {
    let near = to(word, among: known)
    return near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
  }

  /// How many letters to add, remove, change or swap; more than `limit` where it is too far.
  private static func distance(_ first: String, _ second: String, limit: Int) -> Int {
    let first = Array(first.lowercased().unicodeScalars)
    let second = Array(second.lowercased().unicodeScalars)
    guard abs(first.count - second.count) <= limit, first.count < 100 else { return limit + 1 }
    var before: [Int] = []
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
      var next = [line + 1]
      for (column, other) in second.enumerated() {
        var cost = min(row[column + 1] + 1, next[column] + 1)
        cost = min(cost, row[column] + (letter == other ? 0 : 1))
        if line > 0, column > 0, letter == second[column - 1], first[line - 1] == other {
          cost = min(cost, before[column - 1] + 1)
        }
        next.append(cost)
      }
      before = row
      row = next
    }
    return row[second.count]
  }
}
