public import Tensors

/// A linear layer y = W x + b, however its weight is stored.
///
/// A layer computes some of its outputs on one thread; the model splits the outputs of all layers that
/// share an input over its threads. With a few rows, as for each new token, the time goes into reading
/// the weight; with many, into arithmetic: a layer may do the two in different ways.
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
  /// The weight as it is stored, whose rows can be had a few at a time; a copy where there is no such thing.
  var storedWeight: any WeightMatrix { get }

  /// Computes some outputs of some rows, on the calling thread.
  ///
  /// - Parameters:
  ///   - input: The rows, `inputs` wide, one after the other.
  ///   - rows: How many.
  ///   - range: Which outputs.
  ///   - adding: Whether results are added to what is there.
  ///   - output: Where row 0's output 0 goes; rows are `outputs` wide.
  func apply(
    to input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>)
}

extension LinearLayer {
  /// A copy of the weight.
  public var storedWeight: any WeightMatrix { DenseWeight(weight) }

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
  /// Computes the outputs of layers for the same rows: their outputs are numbered through and split
  /// over the threads, so that there is one hand-over for all of them.
  static func apply(
    _ layers: [any LinearLayer], to input: UnsafePointer<Float>, rows: Int, adding: Bool = false,
    into outputs: [UnsafeMutablePointer<Float>]
  ) {
    if rows == 0 { return }
    let total = layers.reduce(0) { $0 + $1.outputs }
    let work = layers.reduce(0) { $0 + $1.outputs * $1.inputs } * min(rows, 64)
    BLASThreads.withOneEach {
      Parallel.split(total, parts: parts(total, work: work, rows: rows)) { range in
        var first = 0
        for (layer, output) in zip(layers, outputs) {
          let own = range.clamped(to: first..<first + layer.outputs)
          if !own.isEmpty {
            layer.apply(
              to: input, rows: rows, outputs: own.lowerBound - first..<own.upperBound - first,
              adding: adding, into: output)
          }
          first += layer.outputs
        }
      }
    }
  }

  /// How many parts the outputs are cut into.
  ///
  /// Many rows go through a BLAS, which rounds differently at the edges of another cut: there are as many parts
  /// whatever the number of cores, for a model's logits, and what is calibrated on them, are to be the same
  /// everywhere. They are packed anew for each part, so a part of theirs is at least some 192 outputs wide.
  ///
  /// A few rows are read where they lie, each output by itself: two parts a core, so that one that is interrupted
  /// does not keep all waiting, and no more, because memory is read fastest from end to end.
  private static func parts(_ outputs: Int, work: Int, rows: Int) -> Int {
    guard work >= Parallel.leastWork else { return 1 }
    guard rows > DenseLayer.fewRows else { return 2 * Parallel.cores }
    return max(min(2, outputs), min(outputs / 192, 32))
  }
}
