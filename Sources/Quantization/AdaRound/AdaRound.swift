/// Learns for each weight whether it rounds down or up, by what that does to the layer's output.
///
/// Nearest is best for a weight alone; for a sum, two errors that cancel are better. Each weight gets a
/// number h between 0, down, and 1, up, and
///
///     loss = ½ tr((Ŵ − W) H (Ŵ − W)ᵀ) + λ Σ c·(1 − |2h − 1|^β)
///
/// is minimised by Adam. h is a stretched sigmoid, clip(σ(v)·(ζ − γ) + γ, 0, 1) with ζ = 1.1 and
/// γ = −0.1, so that it reaches both ends. It begins where the weight lies between its neighbours. β
/// falls from 20 to 2: first only what is nearly decided is pushed, in the end everything. Then h is
/// rounded, and a row that came out worse than round-to-nearest keeps round-to-nearest.
///
/// c is what a whole step of the weight would cost by itself, s²·H_jj/2. The paper has no such factor;
/// it frees λ of units, and a weight at a loud input is not left undecided because λ suits quiet ones.
/// Grids are round-to-nearest's. Nothing is drawn: the result depends on nothing but its input.
///
/// Source: Nagel et al. 2020, arXiv:2004.10568, equations 21 to 24.
public struct AdaRound: Hashable, Sendable {
  /// The grid; groups run along rows.
  public var scheme: QuantizationScheme
  /// How many steps Adam takes.
  public var iterations: Int
  /// Adam's rate.
  public var rate: Double
  /// λ, in units of what a step of each weight costs by itself.
  public var regularization: Double
  /// The share of the steps before the regularizer sets in.
  public var warmUp: Double
  /// β after the warm-up and at the end.
  public var exponents: (first: Double, last: Double) {
    get { (firstExponent, lastExponent) }
    set { (firstExponent, lastExponent) = newValue }
  }
  private var firstExponent = 20.0
  private var lastExponent = 2.0

  /// How to learn.
  ///
  /// - Parameters:
  ///   - scheme: The grid; groups run along rows.
  ///   - iterations: How many steps Adam takes; the paper takes 10,000.
  ///   - rate: Adam's rate.
  ///   - regularization: λ, in units of what a step of each weight costs by itself.
  ///   - warmUp: The share of the steps before the regularizer sets in.
  public init(
    scheme: QuantizationScheme, iterations: Int = 1000, rate: Double = 0.02,
    regularization: Double = 2, warmUp: Double = 0.2
  ) {
    self.scheme = scheme
    self.iterations = iterations
    self.rate = rate
    self.regularization = regularization
    self.warmUp = warmUp
  }

  /// What was learned.
  public struct Solution: Sendable {
    /// Codes on round-to-nearest's grids.
    public let quantized: QuantizedMatrix
    /// ½ tr(Δ H Δᵀ): the squared output error of a token, summed over outputs.
    public let loss: Double
    /// The same of round-to-nearest.
    public let roundToNearestLoss: Double
    /// How many weights were rounded to the farther neighbour.
    public let turned: Int
    /// Rows that kept round-to-nearest because learning did not help them.
    public let keptRows: [Int]
  }
}

extension AdaRound {
  /// h of v: the stretched sigmoid.
  static let stretch = (low: -0.1, high: 1.1)

  /// β of a step; nil in the warm-up.
  func exponent(ofStep step: Int) -> Double? {
    let first = Int((warmUp * Double(iterations)).rounded())
    guard step >= first else { return nil }
    let share = Double(step - first) / Double(max(iterations - first, 1))
    return lastExponent + (firstExponent - lastExponent) * (1 - share)
  }

  /// Refuses settings without meaning.
  func validate() throws(QuantizationError) {
    guard iterations >= 0 else {
      throw .parameter(name: "iterations", value: Double(iterations), expected: "0 or more")
    }
    guard rate > 0, rate.isFinite else {
      throw .parameter(name: "rate", value: rate, expected: "a positive number")
    }
    guard regularization >= 0, regularization.isFinite else {
      throw .parameter(name: "regularization", value: regularization, expected: "0 or more")
    }
    guard (0...1).contains(warmUp) else {
      throw .parameter(name: "warm-up", value: warmUp, expected: "0 to 1")
    }
  }
}
