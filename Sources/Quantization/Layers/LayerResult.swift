public import Tensors

/// A layer's weight after quantization, in the form every method can give.
public struct LayerResult: Sendable {
  /// The integers stored, shape of the weight, zero point not subtracted.
  ///
  /// For a float format the bit pattern, for a codebook the index.
  public let codes: Codes
  /// What a code is multiplied by, shape [out, groups].
  ///
  /// For nf4 and fp4 whose blocks cross from row to row, [1, blocks].
  public let scales: Matrix
  /// The code of real zero, same shape; 0 where a format has none.
  public let zeros: Matrix
  /// Ŵ: what the layer computes with, shape of the weight.
  public let dequantized: Matrix
  /// The levels a method has learned, one codebook a row; nil where levels are fixed.
  public let codebooks: Matrix?
  /// What all this occupies in a file, item by item.
  public let storage: StorageCost
  /// What the method itself minimised, where it minimises something.
  public let loss: Double?

  /// A result from its parts.
  ///
  /// - Parameters:
  ///   - codes: The integers stored.
  ///   - scales: What a code is multiplied by.
  ///   - zeros: The code of real zero; nil for zeros of the shape of the scales.
  ///   - dequantized: What the layer computes with.
  ///   - codebooks: Levels that were learned.
  ///   - storage: What it occupies.
  ///   - loss: What the method minimised.
  public init(
    codes: Codes, scales: Matrix, zeros: Matrix? = nil, dequantized: Matrix,
    codebooks: Matrix? = nil, storage: StorageCost, loss: Double? = nil
  ) {
    self.codes = codes
    self.scales = scales
    self.zeros = zeros ?? Matrix(rows: scales.rows, columns: scales.columns, repeating: 0)
    self.dequantized = dequantized
    self.codebooks = codebooks
    self.storage = storage
    self.loss = loss
  }

  /// A result from an affine matrix with a scale for each run in a row.
  ///
  /// - Parameters:
  ///   - quantized: Codes, scales and zero points.
  ///   - threads: How many threads may dequantize.
  ///   - loss: What the method minimised.
  public init(_ quantized: QuantizedMatrix, threads: Int? = nil, loss: Double? = nil) {
    let across = quantized.groupsAcross
    self.init(
      codes: quantized.codes,
      scales: Matrix(rows: quantized.groupsDown, columns: across) { row, column in
        quantized.scales[row * across + column]
      },
      zeros: Matrix(rows: quantized.groupsDown, columns: across) { row, column in
        Float(quantized.zeroPoints[row * across + column])
      },
      dequantized: quantized.dequantized(threads: threads), storage: quantized.storage, loss: loss)
  }

  /// Everything stored, shared out among the weights.
  public var bitsPerWeight: Double { storage.bitsPerWeight }
}

/// How far a result is from the layer it stands for.
public struct LayerErrors: Hashable, Sendable {
  /// The mean squared error of the weights.
  public let weightMSE: Double
  /// The power of the weights over that of their error, in decibels; see
  /// `signalToNoise(against:)` for its infinities.
  public let sqnr: Double
  /// E = ‖WX − ŴX‖², where there are activations.
  public let outputError: Double?
  /// E over ‖WX‖², where there are activations.
  public let relativeOutputError: Double?

  /// Measures a result.
  ///
  /// - Parameters:
  ///   - input: The layer.
  ///   - result: What became of it.
  public init(_ input: LayerInput, _ result: LayerResult) {
    let sums = PairedSums(result.dequantized, input.weight)
    weightMSE = sums.squaredDifference / Double(sums.count)
    sqnr = Decibels.ratio(signal: sums.squaredSecond, noise: sums.squaredDifference)
    let output = input.activations.map {
      OutputError(weight: input.weight, approximation: result.dequantized, activations: $0)
    }
    outputError = output?.squared
    relativeOutputError = output?.relative
  }
}
