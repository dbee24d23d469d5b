public import Tensors

/// What a linear layer's inputs amount to, summed up batch by batch: all that methods with data see.
///
/// Batches of any size may be added in any number; nothing of them is kept but sums. Sources: the
/// running Hessian of Frantar et al. 2022, arXiv:2210.17323; the channel sums of Lin et al. 2023,
/// arXiv:2306.00978, and Xiao et al. 2022, arXiv:2211.10438.
public struct InputStatistics: Sendable {
  /// In what the Hessian is summed.
  public enum Precision: Hashable, Sendable {
    /// Float32: twice as fast, and enough for all but ill-conditioned layers.
    case single
    /// Float64.
    case double
  }

  /// In what the Hessian is summed.
  public let precision: Precision
  /// The number of input channels.
  public let columns: Int
  /// How many tokens were added.
  public private(set) var tokens = 0
  /// Σ x xᵀ, its upper triangle, for factors that need no copy in double precision.
  private(set) var gram: GramSum
  private var sums: [Double]
  private var magnitudeSums: [Double]
  private var squareSums: [Double]
  private var largest: [Float]

  /// Statistics of nothing yet.
  ///
  /// - Parameters:
  ///   - columns: The number of input channels, 1 or more.
  ///   - precision: In what the Hessian is summed.
  public init(columns: Int, precision: Precision = .single) {
    precondition(columns > 0, "\(columns) input channels")
    self.columns = columns
    self.precision = precision
    gram = GramSum(columns: columns, precision: precision)
    sums = [Double](repeating: 0, count: columns)
    magnitudeSums = sums
    squareSums = sums
    largest = [Float](repeating: 0, count: columns)
  }

  /// Adds the inputs of more tokens.
  ///
  /// - Parameter batch: Xᵀ, shape [tokens, in].
  /// - Throws: `QuantizationError.activationsDoNotMatch`, or `.notFinite` naming the element; then
  ///   nothing was added.
  public mutating func add(_ batch: Matrix) throws(QuantizationError) {
    guard batch.columns == columns else {
      throw .activationsDoNotMatch(activationColumns: batch.columns, weightColumns: columns)
    }
    try batch.requireFinite(named: "activations")
    gram.add(batch)
    addChannelSums(of: batch)
    tokens += batch.rows
  }

  /// What the channels' own sums gain by a batch, each in double precision.
  private mutating func addChannelSums(of batch: Matrix) {
    let columns = columns
    batch.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        magnitudeSums.withUnsafeMutableBufferPointer { magnitudeSums in
          squareSums.withUnsafeMutableBufferPointer { squareSums in
            largest.withUnsafeMutableBufferPointer { largest in
              for row in 0..<batch.rows {
                let token = UnsafeBufferPointer(
                  rebasing: values[row * columns..<(row + 1) * columns])
                for column in 0..<columns {
                  let value = Double(token[column])
                  sums[column] += value
                  magnitudeSums[column] += value.magnitude
                  squareSums[column] += value * value
                  let magnitude = token[column].magnitude
                  largest[column] = magnitude > largest[column] ? magnitude : largest[column]
                }
              }
            }
          }
        }
      }
    }
  }

  /// Σ x² a channel, in double precision whatever the Hessian is summed in.
  var squares: [Double] { squareSums }

  /// H = (2/n) Σ x xᵀ, symmetric, shape [in, in]; zeros before the first token.
  ///
  /// Summed in ``precision``, handed out in double precision.
  public var hessian: DoubleMatrix { gram.scaled(by: tokens > 0 ? 2 / Double(tokens) : 0) }

  /// Mean x a channel, over tokens; 0 before the first.
  public var means: [Float] { sums.map { Float($0 / Double(max(tokens, 1))) } }

  /// Mean |x| a channel: AWQ's measure of salience.
  public var meanMagnitudes: [Float] { magnitudeSums.map { Float($0 / Double(max(tokens, 1))) } }

  /// Mean x² a channel: what an importance matrix holds, half the Hessian's diagonal.
  public var meanSquares: [Float] { squareSums.map { Float($0 / Double(max(tokens, 1))) } }

  /// The largest |x| a channel: SmoothQuant's measure.
  public var largestMagnitudes: [Float] { largest }
}
