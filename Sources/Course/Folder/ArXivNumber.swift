/// An arXiv number, in the order of submission: `2210.17323`, before 2015 `0811.3171`, and the old
/// `quant-ph/9508027`.
struct ArXivNumber: Hashable, Comparable {
  /// The year of submission.
  let year: Int
  /// The month of submission.
  let month: Int
  /// The place within the month.
  let sequence: Int

  /// Reads a number without `arXiv:` and without a version; nil when it is none.
  init?(_ text: String) {
    let isOld = text.contains("/")
    let parts = text.split(separator: isOld ? "/" : ".", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let digits: Substring
    if isOld {
      let isArchive =
        parts[0].first?.isLetter == true
        && parts[0].allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == ".") }
      guard isArchive, parts[1].count == 7 else { return nil }
      digits = parts[1]
    } else {
      guard parts[0].count == 4 else { return nil }
      digits = parts[0] + parts[1]
    }
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let date = Int(digits.prefix(4)), let sequence = Int(digits.dropFirst(4)),
      (1...12).contains(date % 100)
    else { return nil }
    // Numbers began in 1991; a slash was written until March 2007, four digits until 2014.
    year = isOld && date >= 9100 ? 1900 + date / 100 : 2000 + date / 100
    month = date % 100
    self.sequence = sequence
    guard !isOld else { return }
    guard date >= 704, parts[1].count == (date < 1501 ? 4 : 5) else { return nil }
  }

  /// Whether one was submitted before the other, as far as the numbers tell.
  static func < (first: ArXivNumber, second: ArXivNumber) -> Bool {
    (first.year, first.month, first.sequence) < (second.year, second.month, second.sequence)
  }
}

extension Source {
  /// The years it may rightly be cited with: that of its arXiv number, that of the journal, and between.
  var years: ClosedRange<Int>? {
    let all = [year, arXiv.flatMap { ArXivNumber($0)?.year }].compactMap(\.self)
    guard let first = all.min(), let last = all.max() else { return nil }
    return first...last
  }

  /// Whether it appeared before another one; nil where neither numbers nor years tell.
  func precedes(_ other: Source) -> Bool? {
    if let own = arXiv.flatMap({ ArXivNumber($0) }),
      let theirs = other.arXiv.flatMap({ ArXivNumber($0) })
    {
      return own < theirs
    }
    guard let own = years?.lowerBound, let theirs = other.years?.lowerBound, own != theirs else {
      return nil
    }
    return own < theirs
  }
}
