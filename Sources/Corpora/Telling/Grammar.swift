/// A source of text whose every probability is known.
///
/// A grammar tells one passage by saying fixed text and making choices. What makes it a *source with
/// a known entropy* is one law: **at each choice no alternative's text begins another's**. The text
/// then shows which alternative was taken, so a text has one derivation at most, and its probability
/// is the product of the probabilities of the choices, with nothing else to add. ``PassageReader``
/// recovers the choices from a text and relies on it; the tests prove the law on every choice that
/// tens of thousands of passages make.
///
/// The same description serves three readers: ``PassageWriter`` draws the choices,
/// ``PassageReader`` finds them in a text, and a test's own ``Teller`` may try them all.
public protocol Grammar: Sendable {
  /// What the grammar is called in file names and messages.
  var name: String { get }

  /// Tells one passage, ending with a blank line.
  ///
  /// - Parameter teller: Takes the fixed text and makes the choices.
  /// - Throws: What the teller throws: a writer nothing, a reader where the text departs.
  func tell<T: Teller>(to teller: inout T) throws(T.Failure)
}

/// One way in which a text can go on.
public struct Alternative: Sendable, Equatable {
  /// The text that is said when this is chosen; not empty.
  public let text: String
  /// How likely it is, as a share of the sum of all weights; 1 or more.
  public let weight: Int

  /// Makes an alternative.
  ///
  /// - Parameters:
  ///   - text: What is said when it is chosen.
  ///   - weight: How likely it is beside the others.
  public init(_ text: String, weight: Int = 1) {
    self.text = text
    self.weight = weight
  }
}

/// Who makes the choices of a ``Grammar``.
public protocol Teller {
  /// What can go wrong; `Never` for a writer.
  associatedtype Failure: Error

  /// Text that follows with certainty.
  ///
  /// - Parameter text: The text.
  /// - Throws: Where a text that is being read goes on differently.
  mutating func say(_ text: String) throws(Failure)

  /// Text that follows with a probability.
  ///
  /// - Parameter alternatives: One or more, none of which begins another.
  /// - Returns: The place of the chosen one among them.
  /// - Throws: Where a text that is being read goes on with none of them.
  mutating func choose(_ alternatives: [Alternative]) throws(Failure) -> Int
}

extension Teller {
  /// A choice among texts that are equally likely.
  mutating func choose(evenly texts: [String]) throws(Failure) -> Int {
    try choose(texts.map { Alternative($0) })
  }
}
