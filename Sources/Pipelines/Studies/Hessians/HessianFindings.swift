internal import Grids

/// What ``HessianStudy`` found.
public struct HessianFindings: Codable, Hashable, Sendable {
  /// Columns taken in one order, every group's grid fixed beforehand.
  public struct Order: Codable, Hashable, Sendable {
    /// `natural`, `loudest first`, `loudest last`, or random with its seed.
    public let name: String
    /// E on the test's text.
    public let error: Double
    /// The loss that was minimised, with the damped Hessian of the calibration.
    public let loss: Double
  }

  /// One size of the lazy batch.
  public struct BlockSize: Codable, Hashable, Sendable {
    /// At most how many columns are updated together.
    public let size: Int
    /// Whether a group's scales are made of weights that have not seen their own block's updates.
    public let isStale: Bool
    /// E on the test's text.
    public let error: Double
    /// How many codes differ from those of 128 columns with fresh scales.
    public let codesChanged: Int
    /// How long it took.
    public let seconds: Double
  }

  /// One layer.
  public struct Layer: Codable, Hashable, Sendable {
    /// The layer's name.
    public let name: String
    /// Its block, counted from 0.
    public let block: Int
    /// What it does there.
    public let role: String
    /// The number of outputs.
    public let outputs: Int
    /// The number of inputs.
    public let inputs: Int
    /// Its Hessian's spectrum; layers that share inputs have the same.
    public let spectrum: HessianSpectrum
    /// The damping that was used, as a share of the mean diagonal.
    public let damping: Double
    /// What a reader must know, such as a damping that was raised.
    public let notes: [String]
    /// The loss that GPTQ has minimised.
    public let loss: Double
    /// E of GPTQ on the test's text.
    public let error: Double
    /// E of rounding to nearest there.
    public let nearestError: Double
    /// ‖WX‖² there.
    public let power: Double
    /// How long GPTQ took.
    public let seconds: Double
    /// Where its errors went.
    public let flow: ErrorFlow
    /// Other orders of the columns.
    public let orders: [Order]
    /// Other sizes of the lazy batch.
    public let blockSizes: [BlockSize]
    /// The mean of H's trace times ‖W − Ŵ‖², Ŵ rounded to nearest: HAWQ-V2's score of sensitivity.
    public let traceScore: Double
    /// H's largest eigenvalue times ‖W − Ŵ‖²: HAWQ's.
    public let eigenvalueScore: Double
    /// ‖W − Ŵ‖² over ‖W‖²: what needs no data.
    public let weightScore: Double
    /// How the model reads with this layer alone rounded to nearest; nil where nobody asked.
    public internal(set) var quality: StudyQuality?

    /// E of rounding to nearest over ‖WX‖²: the score that is a share of the layer's output.
    public var relativeError: Double { nearestError / power }

    /// E over that of the natural order, order by order.
    public var orderRatios: [(name: String, ratio: Double)] {
      guard let natural = orders.first(where: { $0.name == "natural" })?.error, natural > 0 else {
        return []
      }
      return orders.map { ($0.name, $0.error / natural) }
    }
  }

  /// A whole model by one recipe.
  public struct Whole: Codable, Hashable, Sendable {
    /// What was done.
    public let name: String
    /// The mean over the layers of E over ‖WX‖².
    public let relativeError: Double
    /// Everything stored, shared out among the weights.
    public let bitsPerWeight: Double
    /// How it reads the test.
    public let quality: StudyQuality
  }

  /// What was asked.
  public let study: HessianStudy
  /// The text's name.
  public let text: String
  /// Every layer, in the model's order.
  public let layers: [Layer]
  /// The whole model by each recipe.
  public let wholes: [Whole]

  /// A way to say how much a layer minds.
  public enum Score: String, CaseIterable, Codable, Sendable {
    /// E over ‖WX‖².
    case relativeError = "E over ‖WX‖²"
    /// E itself.
    case error = "E"
    /// The mean trace times ‖W − Ŵ‖².
    case trace = "mean trace × ‖W − Ŵ‖²"
    /// The largest eigenvalue times ‖W − Ŵ‖².
    case eigenvalue = "largest eigenvalue × ‖W − Ŵ‖²"
    /// ‖W − Ŵ‖² over ‖W‖².
    case weight = "‖W − Ŵ‖² over ‖W‖²"

    /// The score of a layer.
    ///
    /// - Parameter layer: The layer.
    /// - Returns: The larger, the more it should mind.
    public func value(of layer: Layer) -> Double {
      switch self {
      case .relativeError: layer.relativeError
      case .error: layer.nearestError
      case .trace: layer.traceScore
      case .eigenvalue: layer.eigenvalueScore
      case .weight: layer.weightScore
      }
    }
  }

  /// How a score goes with what the model loses when the layer alone is rounded: ln of the score, ln KL.
  ///
  /// - Parameter score: The score.
  /// - Returns: Nil for fewer than four layers, and where layers were not judged.
  public func agreement(of score: Score) -> Correlation? {
    let judged = layers.compactMap { layer in
      layer.quality.map { (score.value(of: layer), $0.divergence) }
    }.filter { $0.0 > 0 && $0.1 > 0 }
    return Correlation(judged.map { logarithm($0.0) }, judged.map { logarithm($0.1) })
  }

  /// E of each order over that of the natural one: the mean of logarithms over the layers, with its interval.
  public var orders: [(name: String, logRatio: MeanInterval)] {
    (layers.first?.orders ?? []).map { order in
      let ratios = layers.compactMap { layer in
        layer.orderRatios.first { $0.name == order.name }?.ratio
      }.filter { $0 > 0 }
      return (order.name, MeanInterval(ratios.isEmpty ? [0] : ratios.map { logarithm($0) }))
    }
  }
}
