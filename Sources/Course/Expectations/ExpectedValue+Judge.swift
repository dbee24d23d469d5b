public import StepRecords

extension ExpectedValue {
  /// Compares a value that a step recorded with what was written.
  ///
  /// Numbers are compared on the value's exact decimal expansion: rounded once, ties to even, to
  /// the digits written. Nothing equals NaN but `nan`. An expectation still to be filled in never
  /// holds.
  public func judge(_ value: RecordedValue) -> Judgement {
    let actual = value.text
    switch self {
    case .number, .less, .greater, .within:
      guard let number = value.number else {
        return Judgement(actual: actual, reason: "is \(value.kindName), not a number")
      }
      return NumberJudge(number: number, actual: actual).judge(self)
    case .string(let text):
      guard case .string(let recorded) = value else { return kind(value, is: "a string") }
      return Judgement(actual: actual, reason: recorded == text ? nil : "is \(actual)")
    case .boolean(let boolean):
      guard case .boolean(let recorded) = value else { return kind(value, is: "true or false") }
      return Judgement(actual: actual, reason: recorded == boolean ? nil : "is \(actual)")
    case .absent:
      return Judgement(actual: actual, reason: value == .absent ? nil : "is \(actual), not nil")
    case .member(let name):
      return Judgement(
        actual: actual, reason: Self.isMember(name, value) ? nil : "is \(actual), not .\(name)")
    case .list(let expected):
      guard case .list(let items) = value else { return kind(value, is: "a list") }
      return SequenceJudge(expected: expected, recorded: items).judge(actual: actual)
    case .tuple(let expected):
      guard case .tuple(let items) = value else { return kind(value, is: "a tuple") }
      return SequenceJudge(expected: expected, recorded: items).judge(actual: actual)
    case .verdict(let verdict):
      guard case .verdict(let conditions) = value else { return kind(value, is: "a verdict") }
      return Judgement(
        actual: actual, reason: verdict.holds(of: conditions) ? nil : "the verdict is: \(actual)")
    case .unfilled:
      return Judgement(
        actual: actual, reason: "is \(actual); fill it in with nibble verify --accept")
    case .compileError, .trap, .thrown:
      return Judgement(actual: actual, reason: "is \(actual), where an error was expected")
    }
  }

  /// Compares the words of a compiler, a trap or a thrown error with the text that must be among
  /// them.
  ///
  /// Spaces and line ends count as one space. Other expectations never hold of words.
  public func judge(text words: String) -> Judgement {
    switch self {
    case .compileError(let wanted), .trap(let wanted), .thrown(let wanted):
      let isFound = words.evenlySpaced.contains(wanted.evenlySpaced)
      return Judgement(actual: words, reason: isFound ? nil : "does not say \"\(wanted)\"")
    default:
      return Judgement(actual: words, reason: "an error came where a value was expected")
    }
  }

  private func kind(_ value: RecordedValue, is wanted: String) -> Judgement {
    Judgement(actual: value.text, reason: "is \(value.kindName) \(value.text), not \(wanted)")
  }

  private static func isMember(_ name: String, _ value: RecordedValue) -> Bool {
    switch value {
    case .described(let text): MemberText.matches(name, text)
    case .float, .double:
      switch value.number {
      case .notANumber: name == "nan"
      case .infinite(isNegative: false): name == "infinity"
      default: false
      }
    default: false
    }
  }
}

extension ExpectedValue.VerdictExpectation {
  /// Whether conditions came out as expected: all, none, or exactly the named ones.
  func holds(of conditions: [VerdictCondition]) -> Bool {
    switch self {
    case .holds: conditions.allSatisfy(\.holds)
    case .fails: !conditions.contains(where: \.holds)
    case .holdsWhen(let names): Set(conditions.filter(\.holds).map(\.name)) == Set(names)
    }
  }
}

extension RecordedValue {
  /// What the value is, with its article.
  var kindName: String {
    switch self {
    case .absent: "nil"
    case .boolean: "a Boolean"
    case .integer: "an integer"
    case .float, .double: "a floating number"
    case .string: "a string"
    case .list: "a list"
    case .tuple: "a tuple"
    case .elided: "left out of a long list"
    case .verdict: "a verdict"
    case .described: "a value described as"
    }
  }
}

extension String {
  /// The text, or as much of a long one as a message can hold.
  var abridged: String {
    count > 240 ? "\(prefix(239))…" : self
  }

  /// The text with every run of white space as one space, none at the ends.
  var evenlySpaced: String {
    split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
