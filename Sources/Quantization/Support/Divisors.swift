/// The sizes that tile a row, for messages that say the way out.
enum Divisors {
  /// All divisors of a positive number, ascending.
  static func all(of number: Int) -> [Int] {
    var small: [Int] = []
    var large: [Int] = []
    var candidate = 1
    while candidate * candidate <= number {
      if number % candidate == 0 {
        small.append(candidate)
        if candidate * candidate < number { large.append(number / candidate) }
      }
      candidate += 1
    }
    return small + large.reversed()
  }

  /// Words for the sizes worth using: `one of 16, 32, 64, 128`.
  ///
  /// Sizes below 16 cost more for their scales than they give, so they are named only when there
  /// is nothing else; of many sizes, the eight nearest to what was asked for.
  static func suggestion(for columns: Int, near asked: Int) -> String {
    let divisors = all(of: columns)
    let worthwhile = divisors.filter { $0 >= 16 }
    var sizes = worthwhile.count > 1 ? worthwhile : divisors
    while sizes.count > 8, let first = sizes.first, let last = sizes.last {
      let lastIsFarther = Double(last) / Double(asked) > Double(asked) / Double(first)
      if lastIsFarther { sizes.removeLast() } else { sizes.removeFirst() }
    }
    return sizes.count == 1
      ? "\(columns)" : "one of " + sizes.map(String.init).joined(separator: ", ")
  }
}
