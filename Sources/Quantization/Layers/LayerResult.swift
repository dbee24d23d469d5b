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
  public internal(set) var dequantized: Matrix
  /// The levels a method has learned, one codebook a row; nil where levels are fixed.
  public let codebooks: Matrix?
  /// What all this occupies in a file, item by item.
  public internal(set) var storage: StorageCost

  // What only some methods have to give.

  /// Codes wider than a byte or shared by several weights, row after row; ``codes`` is then empty.
  public var vectorCodes: VectorCodes?
  /// The rows as a file format stores them, where the method is one.
  public var blocks: RowBlocks?
  /// The weights that were kept apart, in the coordinates of the codes; their codes mean nothing.
  public var outliers: SparseWeights?
  /// The loss that the method itself has minimised, where it has one.
  public var loss: Double?
  /// The damping that was used, as a share of the mean diagonal, where there was any.
  public var damping: Double?
  /// The group of each input channel, where groups are not runs of neighbours.
  public var groupIndex: [Int]?
  /// s, one an input channel, where weights were multiplied and inputs are to be divided by it; codes
  /// are those of the scaled weight, ``dequantized`` is divided again.
  public var inputScales: [Float]?
  /// The value of each code in units of its scale, where that is not the code less its zero.
  public var levels: [Float]?
  /// How many weights share a scale, counted through the whole matrix, where ``scales`` are [1, blocks].
  public var scaleRun: Int?
  /// The points of E8 that vector codes stand for, where they do.
  public var lattice: LatticeCodebook?
  /// What brings the decoded weight back to the layer's own coordinates, step by step, where it was
  /// turned before it was rounded; ``dequantized`` has been brought back.
  public var restoring: [RestoringStep] = []
  /// The method that rounded, where another one turned the weight for it.
  public var then: String?
  /// What is to be added to the layer's outputs so that their mean is the float layer's, one an output,
  /// where that was asked for.
  public var biasCorrection: [Float]?
  /// The layer's output on the activations as the method computes it, shape [tokens, out], where the
  /// activations are quantized as well.
  public var output: Matrix?
  /// What a reader of the result must know, such as a damping that had to be raised.
  public var notes: [String] = []

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
    self.init(quantized, dequantized: quantized.dequantized(threads: threads))
  }

  /// A result from an affine matrix whose values stand for others, such as a scaled weight.
  init(_ quantized: QuantizedMatrix, dequantized: Matrix) {
    let across = quantized.groupsAcross
    self.init(
      codes: quantized.codes,
      scales: Matrix(rows: quantized.groupsDown, columns: across) { row, column in
        quantized.scales[row * across + column]
      },
      zeros: Matrix(rows: quantized.groupsDown, columns: across) { row, column in
        Float(quantized.zeroPoints[row * across + column])
      },
      dequantized: dequantized, storage: quantized.storage)
  }

  /// Refuses a result that has left float32: weights or inputs too large for a method's sums.
  func requireFinite(from method: String) throws(QuantizationError) {
    for (name, matrix) in [("Ŵ", dequantized), ("the output", output)] {
      try matrix?.requireFinite(named: name, in: method)
    }
    if let place = biasCorrection?.firstIndex(where: { !$0.isFinite }) {
      throw .resultNotFinite(method: method, name: "the bias correction", row: 0, column: place)
    }
    if let loss, !loss.isFinite {
      throw .resultNotFinite(method: method, name: "the loss", row: 0, column: 0)
    }
  }

  /// Adds the correction of the outputs' means, and what it occupies: 16 bits an output.
  ///
  /// A layer with a bias takes it up for nothing; one without has to store it.
  mutating func correctBias(
    of weight: Matrix, inputMeans: [Float]
  ) throws(QuantizationError) {
    biasCorrection = try correctedBias(
      [Float](repeating: 0, count: weight.rows), weight: weight, quantized: dequantized,
      inputMeans: inputMeans)
    storage = StorageCost(
      weights: storage.weights,
      items: storage.items + [.init("bias correction", count: weight.rows, bitsEach: 16)])
  }

  /// Everything stored, shared out among the weights.
  public var bitsPerWeight: Double { storage.bitsPerWeight }
}

/// Codes of vectors: each stands for several neighbouring weights.
public struct VectorCodes: Hashable, Sendable {
  /// The codes, row after row.
  public let values: [UInt16]
  /// How many codes a row has.
  public let perRow: Int

  /// Codes row after row.
  public init(values: [UInt16], perRow: Int) {
    precondition(perRow > 0 && values.count % perRow == 0, "\(values.count) codes, \(perRow) a row")
    self.values = values
    self.perRow = perRow
  }
}

/// Rows of bytes, as a file format stores them.
public struct RowBlocks: Hashable, Sendable {
  /// The bytes, row after row.
  public let bytes: [UInt8]
  /// How many bytes a row has.
  public let bytesPerRow: Int

  /// Bytes row after row.
  public init(bytes: [UInt8], bytesPerRow: Int) {
    precondition(
      bytesPerRow > 0 && bytes.count % bytesPerRow == 0,
      "\(bytes.count) bytes, \(bytesPerRow) a row")
    self.bytes = bytes
    self.bytesPerRow = bytesPerRow
  }
}
