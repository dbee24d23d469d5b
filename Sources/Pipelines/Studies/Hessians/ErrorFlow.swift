public import Quantization
public import Tensors

/// Where GPTQ's errors go: what each block of columns could not represent, and what it made later blocks take over.
///
/// Nothing of GPTQ's loops is needed to see it. They leave W − Ŵ = e·U, where column j of e is the error that was
/// fed back at step j, in units of U's diagonal; so e = (W − Ŵ)·R with R = U⁻¹, and what block a pushed onto block b
/// is e_a·U_ab. Columns stand in the order in which they were taken.
public struct ErrorFlow: Codable, Hashable, Sendable {
  /// At most how many columns a block has.
  public let blockSize: Int
  /// ½ Σ e² of each block: its share of the loss.
  public let losses: [Double]
  /// ‖e_a·U_ab‖² from block a (a row) to block b; 0 on the diagonal and below.
  public let pushes: [[Double]]
  /// How far each block's weights had moved when their turn came, squared.
  public let moved: [Double]
  /// How far rounding then took them, squared.
  public let rounded: [Double]
  /// ‖W‖² of each block.
  public let powers: [Double]

  /// The flow behind a result.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - quantized: Ŵ of GPTQ, of the same shape.
  ///   - factor: The factor it was made with, and so the order of its columns.
  ///   - blockSize: At most how many columns a block has, 1 or more.
  public init(weight: Matrix, quantized: Matrix, factor: HessianFactor, blockSize: Int = 128) {
    precondition(
      weight.rows == quantized.rows && weight.columns == quantized.columns
        && weight.columns == factor.columns && blockSize > 0,
      "a weight of \(weight.rows) × \(weight.columns), its quantized form of \(quantized.rows) × "
        + "\(quantized.columns), a factor of \(factor.columns), blocks of \(blockSize)")
    self.blockSize = blockSize
    let original = DoubleMatrix(factor.arranged(weight))
    let difference = original - DoubleMatrix(factor.arranged(quantized))
    let spread = factor.doubleInverseRoot()
    let errors = difference.multiplied(by: factor.upperRoot())
    let (rows, columns) = (weight.rows, weight.columns)
    let blocks = stride(from: 0, to: columns, by: blockSize).map {
      $0..<min($0 + blockSize, columns)
    }
    let pivots = spread.diagonal
    func sum(_ block: Range<Int>, _ value: (Int, Int) -> Double) -> Double {
      var sum = 0.0
      for row in 0..<rows {
        for column in block {
          let own = value(row, column)
          sum += own * own
        }
      }
      return sum
    }
    losses = blocks.map { sum($0) { errors[$0, $1] } / 2 }
    powers = blocks.map { sum($0) { original[$0, $1] } }
    rounded = blocks.map { sum($0) { errors[$0, $1] * pivots[$1] } }
    moved = blocks.map { sum($0) { difference[$0, $1] - errors[$0, $1] * pivots[$1] } }
    pushes = blocks.indices.map { from in
      let own = errors.block(rows: 0..<rows, columns: blocks[from])
      return blocks.indices.map { to in
        guard to > from else { return 0 }
        let push = own.multiplied(by: spread.block(rows: blocks[from], columns: blocks[to]))
        return push.elements.reduce(0) { $0 + $1 * $1 }
      }
    }
  }

  /// The loss that GPTQ has minimised: the sum over the blocks.
  public var loss: Double { losses.reduce(0, +) }
}

extension DoubleMatrix {
  /// The difference of two matrices of one shape.
  fileprivate static func - (left: DoubleMatrix, right: DoubleMatrix) -> DoubleMatrix {
    var result = left
    for row in 0..<left.rows {
      for column in 0..<left.columns { result[row, column] -= right[row, column] }
    }
    return result
  }

  /// A part of the matrix.
  fileprivate func block(rows: Range<Int>, columns: Range<Int>) -> DoubleMatrix {
    var result = DoubleMatrix(rows: rows.count, columns: columns.count, repeating: 0)
    for row in rows {
      for column in columns {
        result[row - rows.lowerBound, column - columns.lowerBound] = self[row, column]
      }
    }
    return result
  }
}
