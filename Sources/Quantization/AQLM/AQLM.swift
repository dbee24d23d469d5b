/// Additive quantization: eight neighbouring weights are a sum of entries, one from each codebook.
///
///     ŵ = s·(C₁[b₁] + C₂[b₂] + …)
///
/// s is one number a row. Codes, codebooks and scales are found in turn, each to lower
/// ½ tr((W − Ŵ) H (W − Ŵ)ᵀ):
///
/// 1. *Start*: every codebook is learned by k-means on what the codebooks before it left over.
/// 2. *Codebooks*: with codes fixed the loss is quadratic in their entries. The published code takes
///    steps of Adam; conjugate gradients need no rate, lower the loss in every step, and head for its
///    least value.
/// 3. *Scales*: each row's best is a quotient.
/// 4. *Codes*: a beam search along each row changes one code after another, given all the others.
///
/// 2 to 4 repeat until a round gains less than ``tolerance`` of the loss. A phase that would raise the
/// loss, by rounding, is not taken, so it never rises. See ``solve(_:hessian:threads:progress:)``.
///
/// Indices take codebooks × bits / 8 bits a weight: 2 × 8 and 1 × 16 are both two. A single codebook of
/// 2¹⁶ entries has as many sums to choose from as two of 2⁸, all of them free, and 128 times the entries
/// to store; as many entries as k-means has vectors to learn from begin as vectors of the weight.
///
/// Source: Egiazarian et al. 2024, arXiv:2401.06118.
public struct AQLM: Hashable, Sendable {
  /// How many neighbouring weights share a sum of entries.
  public static let vectorLength = 8

  /// How many codebooks are added up.
  public var codebooks: Int
  /// The width of a code: a codebook has 2^bits entries.
  public var bits: Int
  /// How many candidates the search for codes keeps.
  public var beam: Int
  /// The most rounds of codebooks, scales and codes.
  public var iterations: Int
  /// The gain below which a round is the last, as a share of the loss.
  public var tolerance: Double
  /// How many steps of conjugate gradients the codebooks get in a round.
  public var gradientSteps: Int
  /// The seed of the start.
  public var seed: UInt64

  /// How to search; the defaults are 2 codebooks of 8 bits, 2 bits a weight.
  ///
  /// - Parameters:
  ///   - codebooks: How many codebooks are added up, 1 to 16.
  ///   - bits: The width of a code, 1 to 16.
  ///   - beam: How many candidates the search for codes keeps, 1 to 64.
  ///   - iterations: The most rounds, 0 or more.
  ///   - tolerance: The gain below which a round is the last.
  ///   - gradientSteps: Steps of conjugate gradients a round.
  ///   - seed: The seed of the start.
  public init(
    codebooks: Int = 2, bits: Int = 8, beam: Int = 1, iterations: Int = 10,
    tolerance: Double = 0.01,
    gradientSteps: Int = 20, seed: UInt64 = 0
  ) {
    self.codebooks = codebooks
    self.bits = bits
    self.beam = beam
    self.iterations = iterations
    self.tolerance = tolerance
    self.gradientSteps = gradientSteps
    self.seed = seed
  }

  /// Refuses settings without meaning, and rows that vectors do not tile.
  func check(columns: Int) throws(QuantizationError) {
    try validate()
    guard columns % Self.vectorLength == 0 else {
      throw .vectorsDoNotTile(method: "aqlm", length: Self.vectorLength, columns: columns)
    }
  }

  /// Refuses settings without meaning.
  private func validate() throws(QuantizationError) {
    guard (1...16).contains(bits) else { throw .bits(bits, allowed: 1...16, who: "a code of aqlm") }
    for (name, value, allowed) in [
      ("codebooks", codebooks, 1...16), ("beam", beam, 1...64),
      ("iterations", iterations, 0...10000),
      ("gradient steps", gradientSteps, 0...10000),
    ] where !allowed.contains(value) {
      throw .parameter(
        name: name, value: Double(value),
        expected: "\(allowed.lowerBound) to \(allowed.upperBound)")
    }
    guard tolerance >= 0 else {
      throw .parameter(name: "tolerance", value: tolerance, expected: "0 or more")
    }
  }
}
