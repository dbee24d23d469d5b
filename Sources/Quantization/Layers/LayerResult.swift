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

  /// A result from its parts.
  ///
  /// - Parameters:
  ///   - codes: The integers stored.
  ///   - scales: What a code is multiplied by.
  ///   - zeros: The code of real zero; nil for zeros of the shape of the scales.
  ///   - dequantized: What the layer computes with.
  ///   - codebooks: Levels that were learned.
  ///   - storage: What it occupies.
  public init(
    codes: Codes, scales: Matrix, zeros: Matrix? = nil, dequantized: Matrix,
    codebooks: Matrix? = nil, storage: StorageCost
  ) {
    self.codes = codes
    self.scales = scales
    self.zeros = zeros ?? Matrix(rows: scales.rows, columns: scales.columns, repeating: 0)
    self.dequantized = dequantized
    self.codebooks = codebooks
    self.storage = storage
  }

  /// A result from an affine matrix with a scale for each run in a row.
  ///
  /// - Parameters:
  ///   - quantized: Codes, scales and zero points.
  ///   - threads: How many threads may dequantize.
  public init(_ quantized: QuantizedMatrix, threads: Int? = nil) {
    let across = quantized.groupsAcross
    self.init(
      codes: quantized.codes,
      scales: Matrix(rows: quantized.groupsDown, columns: across) { row, column in
        quantized.scales[row * across + column]
      },
      zeros: Matrix(rows: quantized.groupsDown, columns: across) { row, column in
        Float(quantized.zeroPoints[row * across + column])
      },
      dequantized: quantized.dequantized(threads: threads), storage: quantized.storage)
  }

  /// Everything stored, shared out among the weights.
  public var bitsPerWeight: Double { storage.bitsPerWeight }
}
