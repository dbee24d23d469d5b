public import Tensors

/// A linear layer y = W x + b, however its weight is stored.
///
/// A model calls it in two ways: with many rows, where products are bound by arithmetic and the layer
/// may use every core; and with a few, where they are bound by reading the weight, and the model splits
/// the outputs of all layers that share an input over its threads.
public protocol LinearLayer: Sendable {
  /// The number of outputs: rows of the weight.
  var outputs: Int { get }
  /// The number of inputs: columns of the weight.
  var inputs: Int { get }
  /// The bytes of weight and bias that one product reads.
  var byteCount: Int { get }
  /// The weight as floats, (outputs, inputs); a copy.
  var weight: Matrix { get }
  /// The bias, one number an output, if there is one.
  var bias: [Float]? { get }

  /// The most rows that ``applyToFew(_:rows:outputs:adding:into:)`` is better for.
  var fewRows: Int { get }

  /// Computes some outputs of a few rows, on the calling thread.
  ///
  /// - Parameters:
  ///   - input: The rows, `inputs` wide, one after the other.
  ///   - rows: How many.
  ///   - range: Which outputs.
  ///   - adding: Whether results are added to what is there.
  ///   - output: Where row 0's output 0 goes; rows are `outputs` wide.
  func applyToFew(
    _ input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>)

  /// Computes all outputs of many rows, on as many threads as it likes.
  ///
  /// - Parameters:
  ///   - input: The rows, `inputs` wide, one after the other.
  ///   - rows: How many.
  ///   - adding: Whether results are added to what is there.
  ///   - output: Where they go; rows are `outputs` wide.
  func applyToMany(
    _ input: UnsafePointer<Float>, rows: Int, adding: Bool,
    into output: UnsafeMutablePointer<Float>)
}

extension LinearLayer {
  /// The layer's outputs for rows of inputs.
  ///
  /// - Parameter rows: The inputs, (rows, inputs).
  /// - Returns: The outputs, (rows, outputs).
  public func callAsFunction(_ rows: Matrix) -> Matrix {
    precondition(
      rows.columns == inputs, "\(rows.columns) numbers a row for a layer of \(inputs) inputs")
    let elements = rows.elements
    return Matrix(rows: rows.rows, columns: outputs) {
      (target: UnsafeMutableBufferPointer<Float>) in
      elements.withUnsafeBufferPointer { source in
        guard let input = source.baseAddress, let output = target.baseAddress else { return }
        Projection.apply([self], to: input, rows: rows.rows, into: [output])
      }
    }
  }
}

/// Layers that share an input, applied together.
enum Projection {
  /// Computes the outputs of layers for the same rows.
  static func apply(
    _ layers: [any LinearLayer], to input: UnsafePointer<Float>, rows: Int, adding: Bool = false,
    into outputs: [UnsafeMutablePointer<Float>]
  ) {
    if rows == 0 { return }
    guard layers.allSatisfy({ rows <= $0.fewRows }) else {
      for (layer, output) in zip(layers, outputs) {
        layer.applyToMany(input, rows: rows, adding: adding, into: output)
      }
      return
    }
    if let layer = layers.first, layers.count == 1 {
      let output = outputs[0]
      Parallel.split(layer.outputs, parts: Parallel.parts(for: layer.outputs * layer.inputs)) {
        layer.applyToFew(input, rows: rows, outputs: $0, adding: adding, into: output)
      }
      return
    }
    // One hand-over to the threads for all of them: their outputs are numbered through.
    let total = layers.reduce(0) { $0 + $1.outputs }
    let work = layers.reduce(0) { $0 + $1.outputs * $1.inputs }
    Parallel.split(total, parts: Parallel.parts(for: work)) { range in
      var first = 0
      for (layer, output) in zip(layers, outputs) {
        let own = range.clamped(to: first..<first + layer.outputs)
        if !own.isEmpty {
          layer.applyToFew(
            input, rows: rows, outputs: own.lowerBound - first..<own.upperBound - first,
            adding: adding, into: output)
        }
        first += layer.outputs
      }
    }
  }
}
