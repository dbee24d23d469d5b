internal import Grids

/// What ``ReductionStudy`` found.
public struct ReductionFindings: Codable, Hashable, Sendable {
  /// One layer, E in the units of its outputs squared, summed over tokens and outputs.
  public struct Layer: Codable, Hashable, Sendable {
    /// The layer's name.
    public let name: String
    /// Its block, counted from 0.
    public let block: Int
    /// What it does there.
    public let role: String
    /// The number of its weights.
    public let weights: Int
    /// ‖WX‖² on the test's text.
    public let power: Double
    /// E of rounding to nearest on the test's text.
    public let nearest: Double
    /// E of GPTQ on the test's text, one a seed.
    public let feedback: [Double]
    /// E of GPTQ on the calibration itself, one a seed.
    public let feedbackSeen: [Double]
    /// E of rounding to nearest there.
    public let nearestSeen: [Double]

    /// What GPTQ takes away of E on the test's text, the mean over the seeds; below 0 it has added.
    public var reduction: Double {
      1 - feedback.reduce(0, +) / Double(feedback.count) / nearest
    }
  }

  /// One layer quantized alone.
  public struct Point: Codable, Hashable, Sendable {
    /// The layer's name.
    public let layer: String
    /// Its block, counted from 0.
    public let block: Int
    /// What it does there.
    public let role: String
    /// `rtn` or `gptq`.
    public let method: String
    /// The width.
    public let bits: Int
    /// E on the windows of the test.
    public let error: Double
    /// ‖WX‖² there.
    public let power: Double
    /// How the model with this one layer reads them.
    public let quality: StudyQuality

    /// E over ‖WX‖².
    public var relativeError: Double { error / power }
  }

  /// A whole model at one width.
  public struct Whole: Codable, Hashable, Sendable {
    /// `rtn` or `gptq`.
    public let method: String
    /// The width.
    public let bits: Int
    /// The mean over the layers of E over ‖WX‖².
    public let relativeError: Double
    /// ΣE over the layers.
    public let error: Double
    /// How it reads the test.
    public let quality: StudyQuality
    /// How it reads the windows that layers alone are judged by.
    public let fewWindows: StudyQuality
  }

  /// What was asked.
  public let study: ReductionStudy
  /// The text's name.
  public let text: String
  /// How many tokens were scored.
  public let tokens: Int
  /// The float model's perplexity.
  public let floatPerplexity: Double
  /// Every layer, in the model's order.
  public let layers: [Layer]
  /// How the model rounded to nearest reads.
  public let nearest: StudyQuality
  /// How GPTQ's models read, one a seed.
  public let feedback: [StudyQuality]
  /// Every layer alone, at every width, by both methods.
  public let points: [Point]
  /// The whole model at every width, by both methods.
  public let wholes: [Whole]

  /// The share by which the mean of E over the layers falls, on text nobody calibrated with; over seeds.
  public var reduction: MeanInterval {
    MeanInterval(
      study.seeds.indices.map { seed in
        1 - layers.reduce(0) { $0 + $1.feedback[seed] } / layers.reduce(0) { $0 + $1.nearest }
      })
  }

  /// The same with every layer's E over its ‖WX‖², so that loud layers do not speak for all.
  public var relativeReduction: MeanInterval {
    MeanInterval(
      study.seeds.indices.map { seed in
        1 - layers.reduce(0) { $0 + $1.feedback[seed] / $1.power }
          / layers.reduce(0) { $0 + $1.nearest / $1.power }
      })
  }

  /// The share by which it falls on the calibration itself, which GPTQ was fitted to.
  public var reductionSeen: MeanInterval {
    MeanInterval(
      study.seeds.indices.map { seed in
        1 - layers.reduce(0) { $0 + $1.feedbackSeen[seed] }
          / layers.reduce(0) { $0 + $1.nearestSeen[seed] }
      })
  }

  /// Whether mean E falls by at least a tenth.
  public var verdict: StudyVerdict { .of(reduction, atLeast: 0.1) }

  /// Layers whose E did not fall.
  public var layersNotReduced: [Layer] { layers.filter { $0.reduction <= 0 } }

  /// ln of GPTQ's perplexity over that of rounding to nearest, over seeds; below 0 GPTQ reads better.
  public var perplexityGain: MeanInterval {
    MeanInterval(feedback.map { $0.logRatio - nearest.logRatio })
  }

  /// How ln E goes with ln KL over the layers quantized alone.
  ///
  /// - Parameters:
  ///   - bits: At one width; nil for all.
  ///   - method: Of one method; nil for both.
  ///   - isRelative: Whether E is taken over ‖WX‖².
  /// - Returns: Nil for fewer than four layers.
  public func divergenceCorrelation(
    bits: Int? = nil, method: String? = nil, isRelative: Bool = true
  ) -> Correlation? {
    let chosen = points.filter {
      (bits == nil || $0.bits == bits) && (method == nil || $0.method == method)
        && $0.error > 0 && $0.quality.divergence > 0
    }
    return Correlation(
      chosen.map { logarithm(isRelative ? $0.relativeError : $0.error) },
      chosen.map { logarithm($0.quality.divergence) })
  }

  /// How E goes with the change of ln perplexity, which has a sign and so no logarithm.
  ///
  /// - Parameters:
  ///   - bits: At one width; nil for all.
  ///   - isRelative: Whether E is taken over ‖WX‖².
  /// - Returns: Nil for fewer than four layers.
  public func perplexityCorrelation(bits: Int? = nil, isRelative: Bool = true) -> Correlation? {
    let chosen = points.filter { bits == nil || $0.bits == bits }
    return Correlation(
      chosen.map { isRelative ? $0.relativeError : $0.error }, chosen.map(\.quality.logRatio))
  }

  /// How the reduction of a layer's E goes with the reduction of its divergence, both from rtn to GPTQ, at one width.
  ///
  /// - Parameter bits: The width.
  /// - Returns: Over the logarithms of the two ratios; nil for fewer than four layers.
  public func reductionCorrelation(bits: Int) -> Correlation? {
    let pairs = pairs(bits: bits)
    return Correlation(
      pairs.map { logarithm($0.feedback.error / $0.nearest.error) },
      pairs.map { logarithm($0.feedback.quality.divergence / $0.nearest.quality.divergence) })
  }

  /// Each layer alone by both methods at one width.
  ///
  /// - Parameter bits: The width.
  /// - Returns: Layers whose errors and divergences are above 0.
  public func pairs(bits: Int) -> [(nearest: Point, feedback: Point)] {
    let own = points.filter { $0.bits == bits && $0.error > 0 && $0.quality.divergence > 0 }
    return own.filter { $0.method == "rtn" }.compactMap { point in
      own.first { $0.method == "gptq" && $0.layer == point.layer }.map { (point, $0) }
    }
  }

  /// Layers alone whose change of perplexity is within two standard errors of nothing, at one width.
  ///
  /// - Parameter bits: The width.
  /// - Returns: How many, and of how many.
  public func lostInNoise(bits: Int) -> (count: Int, of: Int) {
    let own = points.filter { $0.bits == bits }
    return (own.count { abs($0.quality.logRatio) < 2 * $0.quality.logRatioError }, own.count)
  }
}

extension StudyQuality {
  /// The perplexity over the float model's.
  var ratio: Double { exponential(logRatio) }
}
