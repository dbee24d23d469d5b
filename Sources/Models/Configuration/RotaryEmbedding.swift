#if canImport(Glibc)
internal import Glibc
#endif

/// Rotary position embedding: pairs of a head's channels are turned by angles that grow with position.
///
/// Pair i of a head of d channels turns by position · θ^(−2i/d), θ the base: the product of a query and
/// a key then depends on their distance.
///
/// Source: Su et al. 2021, arXiv:2104.09864.
public struct RotaryEmbedding: Hashable, Sendable {
  /// Which channels make a pair.
  public enum Layout: Hashable, Sendable {
    /// Channel c with c + d/2: Hugging Face's checkpoints.
    case halves
    /// Channel 2c with 2c + 1: the paper, llama2.c and GGUF.
    case interleaved
  }

  /// What is done to the angles so that a model reads longer texts than it was trained on.
  public enum Scaling: Hashable, Sendable {
    /// Nothing.
    case none
    /// Positions are divided by a factor.
    case linear(factor: Double)
    /// Llama 3: slow angles are divided by a factor, fast ones kept, those between blended.
    case llama3(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
      originalContext: Double)
  }

  /// The base θ of the angles.
  public var base: Double
  /// Which channels make a pair.
  public var layout: Layout
  /// What is done to the angles for long texts.
  public var scaling: Scaling

  /// Describes an embedding.
  ///
  /// - Parameters:
  ///   - base: θ, 10,000 in most models.
  ///   - layout: Which channels make a pair.
  ///   - scaling: What is done to the angles for long texts.
  public init(base: Double = 10_000, layout: Layout = .halves, scaling: Scaling = .none) {
    self.base = base
    self.layout = layout
    self.scaling = scaling
  }

  /// The angle between neighbouring positions for each pair of channels, in radians.
  ///
  /// - Parameter headSize: The channels of a head, an even number.
  /// - Returns: `headSize / 2` angles, the fastest first, rounded to single precision as every
  ///   framework has them.
  public func frequencies(headSize: Int) -> [Float] {
    (0..<headSize / 2).map { pair in
      let frequency = pow(base, -Double(2 * pair) / Double(headSize))
      return Float(scaled(frequency))
    }
  }

  private func scaled(_ frequency: Double) -> Double {
    switch scaling {
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .llama3(let factor, let low, let high, let context):
      // How often the pair turns within the context the model was first trained on.
      let turns = context * frequency / (2 * .pi)
      if turns > high { return frequency }
      if turns < low { return frequency / factor }
      let blend = (turns - low) / (high - low)
      return (1 - blend) * frequency / factor + blend * frequency
    }
  }
}
