internal import Tensors

/// What one layer loses at each width it could have, and what the width costs.
///
/// Ω(b), one number a width, each measured with this layer alone quantized: leave-one-in. That the losses
/// of several layers add up is an assumption of everything that spends bits by such profiles.
public struct SensitivityProfile: Hashable, Sendable {
  /// One width a layer could have.
  public struct Choice: Hashable, Sendable {
    /// The width of a code.
    public let bits: Int
    /// What the layer occupies at this width, scales and zero points counted, in bytes.
    public let bytes: Int
    /// Ω: what is lost, in the profile's measure; finite and 0 or more.
    public let loss: Double

    /// A width from its parts.
    public init(bits: Int, bytes: Int, loss: Double) {
      self.bits = bits
      self.bytes = bytes
      self.loss = loss
    }
  }

  /// What the layer is called.
  public let name: String
  /// How many weights it has.
  public let weights: Int
  /// The widths, fewest bytes first.
  public let choices: [Choice]

  /// A profile from numbers measured somewhere: an output error, a rise of perplexity, a KL divergence.
  ///
  /// - Parameters:
  ///   - name: What the layer is called.
  ///   - weights: How many weights it has.
  ///   - choices: The widths in any order; they are sorted by bytes, then loss.
  /// - Throws: `QuantizationError.empty` without a choice, `.parameter` for a loss that is negative or not
  ///   finite, or a size that is negative.
  public init(name: String, weights: Int, choices: [Choice]) throws(QuantizationError) {
    guard !choices.isEmpty else { throw .empty(name: "the widths of \(name)", rows: 0, columns: 1) }
    for choice in choices {
      guard choice.loss.isFinite, choice.loss >= 0 else {
        throw .parameter(
          name: "the loss of \(name) at \(choice.bits) bits", value: choice.loss,
          expected: "a finite number, 0 or more")
      }
      guard choice.bytes >= 0 else {
        throw .parameter(
          name: "the size of \(name) at \(choice.bits) bits", value: Double(choice.bytes),
          expected: "0 bytes or more")
      }
    }
    self.name = name
    self.weights = weights
    self.choices = choices.sorted { ($0.bytes, $0.loss, $0.bits) < ($1.bytes, $1.loss, $1.bits) }
  }

  /// A profile of a layer, one run of a method a width.
  ///
  /// - Parameters:
  ///   - name: What the layer is called.
  ///   - input: The layer; with activations or statistics where the method or the measure needs them.
  ///   - method: Any method that knows `bits`.
  ///   - bits: The widths to try.
  ///   - options: Everything but the bits.
  ///   - measure: What is lost.
  /// - Throws: What the method throws, `QuantizationError.inputsNeeded` where the measure needs inputs.
  public init(
    name: String, of input: LayerInput, method: LayerMethod, bits: [Int],
    options: LayerOptions = LayerOptions(), measure: SensitivityMeasure = .outputError
  ) throws(QuantizationError) {
    let judge = try measure.judge(of: input)
    var choices: [Choice] = []
    for bits in bits {
      var options = options
      options.bits = bits
      let result = try method.quantize(input, options)
      choices.append(Choice(bits: bits, bytes: result.storage.bytes, loss: judge(result)))
    }
    try self.init(name: name, weights: input.weight.count, choices: choices)
  }

  /// The choices that no other beats in both bytes and loss, fewest bytes first; indices into
  /// ``choices``.
  public var front: [Int] {
    var least = Double.infinity
    return choices.indices.filter { index in
      guard choices[index].loss < least else { return false }
      least = choices[index].loss
      return true
    }
  }
}

/// What a profile measures.
public enum SensitivityMeasure: String, CaseIterable, Hashable, Sendable {
  /// Ω = ‖WX − Ŵ(X)‖²: the layer's own output error E on the inputs given.
  case outputError = "output-error"
  /// Ω = ½ tr(ΔW H ΔWᵀ), E over the number of tokens: the same from sums over the inputs alone.
  case curvature
  /// Ω = (tr H / n) ‖ΔW‖², HAWQ's: the curvature in the mean direction times the length of the change.
  ///
  /// Blind to which inputs a change falls on; Dong et al. 2019, arXiv:1911.03852.
  case meanTrace = "mean-trace"
  /// Ω = ‖ΔW‖²: no data at all.
  case weightError = "weight-error"

  /// A function that gives the loss of a result.
  func judge(
    of input: LayerInput
  ) throws(QuantizationError) -> (_ result: LayerResult) -> Double {
    switch self {
    case .outputError:
      let activations = try input.activations(for: "a profile of output errors")
      return { result in
        guard let computed = result.output else {
          return OutputError(
            weight: input.weight, approximation: result.dequantized, activations: activations
          ).squared
        }
        let exact = activations.multiplyingTransposed(input.weight)
        return OutputError(exact: exact, approximation: computed).squared
      }
    case .curvature:
      let hessian = try input.statistics(for: "a profile by curvature").hessian
      return { result in
        let change = DoubleMatrix(input.weight - result.dequantized)
        let bent = change.multiplied(by: hessian)
        return 0.5 * zip(change.elements, bent.elements).reduce(0) { $0 + $1.0 * $1.1 }
      }
    case .meanTrace:
      let diagonal = try input.statistics(for: "a profile by the mean trace").hessian.diagonal
      let mean = diagonal.reduce(0, +) / Double(diagonal.count)
      return { mean * input.weight.squaredDistance(to: $0.dequantized) }
    case .weightError:
      return { input.weight.squaredDistance(to: $0.dequantized) }
    }
  }
}
