public import Tensors

/// The randomized Hadamard transform: random signs, then a Hadamard matrix, Q = H S / √n.
///
/// Any fixed direction, such as one outlier channel, is spread over all n coordinates in equal parts;
/// the signs make sure that no weight was made for H. Sources: QuIP#, Tseng et al. 2024,
/// arXiv:2402.04396; QuaRot, Ashkboos et al. 2024, arXiv:2404.00456.
public struct HadamardRotation: Rotation {
  /// The length of the vectors.
  public let size: Int
  /// How many neighbours are mixed: ``size``, or less where the rotation was asked for in blocks.
  public let blockSize: Int
  /// S, each 1 or −1.
  public let signs: [Float]
  /// H, of order ``blockSize``.
  public let hadamard: HadamardMatrix

  /// A rotation with signs drawn from a seed.
  ///
  /// - Parameters:
  ///   - size: The length of the vectors.
  ///   - seed: Which signs.
  ///   - blockwise: Whether a size without a Hadamard matrix is cut into blocks of the largest power
  ///     of two that divides it: 8 for 600. An outlier then spreads over its own block only.
  ///   - name: What has this size, for the message.
  /// - Throws: `QuantizationError.noHadamardMatrix`.
  public init(
    size: Int, seed: UInt64, blockwise: Bool = false, name: String = "order"
  ) throws(QuantizationError) {
    var generator = SeededGenerator(seed: seed)
    try self.init(size: size, using: &generator, blockwise: blockwise, name: name)
  }

  /// A rotation whose signs are the next ones of a generator.
  ///
  /// - Parameters:
  ///   - size: The length of the vectors.
  ///   - generator: Where the signs come from, one bit of a number each.
  ///   - blockwise: Whether a size without a Hadamard matrix is cut into blocks.
  ///   - name: What has this size, for the message.
  /// - Throws: `QuantizationError.noHadamardMatrix`.
  public init(
    size: Int, using generator: inout SeededGenerator, blockwise: Bool = false,
    name: String = "order"
  ) throws(QuantizationError) {
    let block = Self.blockSize(of: size, blockwise: blockwise)
    hadamard = try HadamardMatrix(order: block, name: name)
    self.size = size
    blockSize = block
    signs = (0..<size).map { _ in generator.next() >> 63 == 0 ? 1 : -1 }
  }

  /// How many neighbours are mixed.
  private static func blockSize(of size: Int, blockwise: Bool) -> Int {
    let whole = size < 1 || HadamardConstruction(order: size) != nil
    return blockwise && !whole ? 1 << size.trailingZeroBitCount : size
  }

  /// Refuses a size that there is no rotation of, without making one.
  static func check(size: Int, blockwise: Bool, name: String) throws(QuantizationError) {
    _ = try HadamardMatrix.construction(
      order: blockSize(of: size, blockwise: blockwise), name: name)
  }

  /// Each row x becomes H S x / √n.
  public func rotatingRows(of matrix: Matrix, threads: Int?) -> Matrix {
    precondition(matrix.columns == size, "rows of \(matrix.columns) for a rotation of \(size)")
    let factor = 1 / Float(blockSize).squareRoot()
    let signed = matrix.scalingColumns(by: signs.map { $0 * factor })
      .reshaped(rows: matrix.count / blockSize, columns: blockSize)
    return hadamard.multiplyingRows(of: signed, threads: threads)
      .reshaped(rows: matrix.rows, columns: size)
  }

  /// Each row y becomes S Hᵀ y / √n.
  public func rotatingRowsBack(of matrix: Matrix, threads: Int?) -> Matrix {
    precondition(matrix.columns == size, "rows of \(matrix.columns) for a rotation of \(size)")
    let factor = 1 / Float(blockSize).squareRoot()
    let pieces = matrix.reshaped(rows: matrix.count / blockSize, columns: blockSize)
    return hadamard.multiplyingRows(of: pieces, transposed: true, threads: threads)
      .reshaped(rows: matrix.rows, columns: size)
      .scalingColumns(by: signs.map { $0 * factor })
  }

  /// Each row x becomes H S x / √n, in double precision.
  public func rotatingRows(of matrix: DoubleMatrix, threads: Int?) -> DoubleMatrix {
    precondition(matrix.columns == size, "rows of \(matrix.columns) for a rotation of \(size)")
    let factor = 1 / Double(blockSize).squareRoot()
    let signed = matrix.scalingColumns(by: signs.map { Double($0) * factor })
      .reshaped(rows: matrix.count / blockSize, columns: blockSize)
    return hadamard.multiplyingRows(of: signed, threads: threads)
      .reshaped(rows: matrix.rows, columns: size)
  }

  /// `hadamard/` and how many neighbours are mixed.
  public var storedForm: String { "hadamard/\(blockSize)" }

  /// S as `signs`, and the part of H that is no power of two as `core`.
  public var storedParts: [LayerPart] {
    let core = hadamard.core
    return [
      LayerPart("signs", shape: [size], .signedBytes(signs.map { Int8($0) })),
      LayerPart(
        "core", shape: [core.rows, core.rows], .signedBytes(core.elements.map { Int8($0) })),
    ]
  }
}

extension HadamardRotation: CustomStringConvertible {
  /// What it is made of: `Sylvester 128 with random signs`.
  public var description: String {
    "\(hadamard.construction) with random signs" + (blockSize < size ? ", in blocks" : "")
  }
}
