internal import Models
internal import Quantization
internal import Tensors

/// One tensor of a GGUF file on its way from the model's numbers to the file's bytes.
struct TensorJob: Sendable {
  let tensor: GGUFModel.Tensor
  let type: GGUFTensorType
  /// What each column matters; nil where that is not known, or the type does not ask.
  let importance: [Float]?
  let threads: Int?

  /// Numbers at the same time in memory, about.
  static let piece = 1 << 22

  /// Computes the bytes, some rows at a time.
  ///
  /// - Parameter emit: Takes them, in order.
  /// - Returns: What is to be said of the tensor; nil for vectors.
  /// - Throws: `PipelineError`.
  func write(
    _ emit: (UnsafeRawBufferPointer) throws(GGUFError) -> Void
  ) throws(PipelineError) -> LayerRecord? {
    let clock = ContinuousClock()
    let start = clock.now
    let (rows, columns) = (tensor.weight.rows, tensor.weight.columns)
    let height = max(1, Self.piece / max(1, columns))
    var squares = 0.0
    for first in stride(from: 0, to: rows, by: height) {
      let values = numbers(first..<min(rows, first + height))
      try requireFinite(values, from: first)
      squares += try write(values, emit)
    }
    let seconds = (clock.now - start).inSeconds
    let count = rows * columns
    let bytes = count / type.blockLength * type.bytesPerBlock
    guard tensor.part != .vector else { return nil }
    let (block, role): (Int, String) =
      switch tensor.part {
      case .linear(let id): (id.block, id.role.rawValue)
      case .embedding: (0, "embedding")
      case .head, .vector: (0, "head")
      }
    return LayerRecord(
      name: tensor.name, block: block, role: role, outputs: rows, inputs: columns,
      method: "gguf:\(type.name)",
      settings: "gguf:\(type.name)" + (importance == nil ? "" : " imatrix activations"),
      bitsPerWeight: Double(bytes * 8) / Double(count), bytes: bytes,
      weightError: squares / Double(count), outputError: nil, nearestOutputError: nil,
      outputPower: nil, loss: nil, damping: nil, outliers: nil, tokens: 0, seconds: seconds,
      peakBytes: PeakMemory.bytes, grid: nil, notes: [])
  }

  private func numbers(_ range: Range<Int>) -> Matrix {
    Matrix(rows: range.count, columns: tensor.weight.columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      guard let start = target.baseAddress else { return }
      tensor.weight.copyRows(range, to: start)
    }
  }

  private func requireFinite(_ values: Matrix, from first: Int) throws(PipelineError) {
    let place = values.withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
    guard let place else { return }
    let (row, column) = place.quotientAndRemainder(dividingBy: values.columns)
    throw .layer(
      name: tensor.name,
      .notFinite(
        name: "weight", row: first + row, column: column, value: values.elements[place]))
  }

  /// Writes some rows and returns the sum of what squares of errors their storage costs.
  private func write(
    _ values: Matrix, _ emit: (UnsafeRawBufferPointer) throws(GGUFError) -> Void
  ) throws(PipelineError) -> Double {
    func put(_ bytes: UnsafeRawBufferPointer) throws(PipelineError) {
      do { try emit(bytes) } catch { throw .gguf(error) }
    }
    if let format = BlockFormat(type) {
      let blocks = try asLayerWork(tensor.name) { () throws(QuantizationError) in
        try format.quantized(values, importance: importance, threads: threads)
      }
      let back = try asLayerWork(tensor.name) { () throws(QuantizationError) in
        try format.dequantized(blocks, threads: threads)
      }
      let error = back.squaredDistance(from: values)
      guard error.isFinite else {
        throw .request(
          "\(tensor.name) cannot be stored as \(type.name): its numbers are beyond half precision, in which "
            + "blocks keep their scales; write gguf:bf16 or gguf:f32")
      }
      try blocks.bytes.withRawBytes(put)
      return error
    }
    guard let plain = type.plain, plain != .float32 else {
      try values.elements.withRawBytes(put)
      return 0
    }
    let bits = HalfPrecision.narrow(values.elements, as: plain)
    let back = Matrix(rows: values.rows, columns: values.columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      bits.withUnsafeBytes { HalfPrecision.widen($0, as: plain, into: target) }
    }
    let error = back.squaredDistance(from: values)
    guard error.isFinite else {
      throw .request(
        "\(tensor.name) cannot be stored as \(type.name): some of its numbers are beyond the type's range; "
          + "write gguf:bf16 or gguf:f32")
    }
    try bits.withRawBytes(put)
    return error
  }
}

extension Array {
  /// Lends the elements' bytes, and lets the borrower throw what it declares.
  fileprivate func withRawBytes<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try withUnsafeBufferPointer { (elements: UnsafeBufferPointer<Element>) throws(Failure) in
      try body(UnsafeRawBufferPointer(elements))
    }
  }
}

extension Matrix {
  /// The sum of the squared differences of the elements.
  fileprivate func squaredDistance(from other: Matrix) -> Double {
    withUnsafeBufferPointer { own in
      other.withUnsafeBufferPointer { others in
        var sum = 0.0
        for row in 0..<rows {  // a row in single precision, the rows' sums in double
          var part: Float = 0
          for place in row * columns..<(row + 1) * columns {
            let difference = own[place] - others[place]
            part += difference * difference
          }
          sum += Double(part)
        }
        return sum
      }
    }
  }
}
