internal import Tensors

extension LayerMethod {
  /// Every block format of GGUF files, as `gguf:` and its name.
  static let blockFormats: [LayerMethod] = BlockFormat.all.map { format in
    let bits = format.bitsPerWeight
    return LayerMethod(
      name: "gguf:" + format.name, summary: format.summary,
      options: format.usesImportance ? [.importance] : [],
      bitsRule: "\(format.bytesPerBlock) bytes for \(format.blockLength) weights = \(bits)",
      source: "ggml's block structures; GGUF type \(format.typeID)", obstacle: .blocks,
      check: { (_, _, columns) throws(QuantizationError) in
        try format.requireTiling(columns: columns)
      },
      run: { (input, options) throws(QuantizationError) in
        let blocks = try format.quantized(
          input.weight, importance: options.importance, threads: options.threads,
          progress: options.progress)
        let dequantized = try format.dequantized(blocks, threads: options.threads)
        try format.requireFinite(dequantized, weight: input.weight)
        let parts = try format.unpacked(blocks.bytes)
        let across = input.weight.columns / format.runLength
        var result = LayerResult(
          codes: parts.codes,
          scales: Matrix(rows: input.weight.rows, columns: across) { row, column in
            parts.scales[row * across + column]
          },
          zeros: Matrix(rows: input.weight.rows, columns: across) { row, column in
            parts.zeros[row * across + column]
          },
          dequantized: dequantized,
          storage: StorageCost(
            weights: input.weight.count,
            items: [
              .init(
                "blocks", count: input.weight.count / format.blockLength,
                bitsEach: format.bytesPerBlock * 8)
            ]))
        result.blocks = blocks
        result.notes = options.importance.map { format.notes(on: $0) } ?? []
        if result.notes.isEmpty {
          result.notes = format.notes(onLossesOf: dequantized, weight: input.weight)
        }
        return result
      })
  }
}

extension BlockFormat {
  /// Refuses a weight whose scale no half-precision number holds: it would be read back as infinite.
  fileprivate func requireFinite(
    _ dequantized: Matrix, weight: Matrix
  ) throws(QuantizationError) {
    let values = dequantized.withUnsafeBufferPointer { values in
      values.firstIndex { !$0.isFinite }
    }
    guard let index = values else { return }
    let (row, column) = index.quotientAndRemainder(dividingBy: weight.columns)
    let start = column / blockLength * blockLength
    let largest = (start..<start + blockLength).reduce(Float(0)) {
      max($0, weight[row, $1].magnitude)
    }
    throw .scaleLeavesHalfPrecision(
      format: "gguf:" + name, row: row, column: start, magnitude: largest)
  }

  /// What a reader must know of blocks of which nothing is left.
  ///
  /// Scales of a few bits, or of half precision, end somewhere: weights far below or above come back as
  /// zeros, or cut off. The bytes are the format's all the same.
  fileprivate func notes(onLossesOf dequantized: Matrix, weight: Matrix) -> [String] {
    let count = weight.count / blockLength
    let lost = weight.withUnsafeBufferPointer { weight in
      dequantized.withUnsafeBufferPointer { dequantized in
        (0..<count).count { block in
          var (signal, error) = (0.0, 0.0)
          for place in block * blockLength..<(block + 1) * blockLength {
            let value = Double(weight[place])
            signal += value * value
            error += (value - Double(dequantized[place])) * (value - Double(dequantized[place]))
          }
          return signal > 0 && error >= 0.8 * signal  // less than 1 dB is left
        }
      }
    }
    guard lost > 0 else { return [] }
    let sizes = weight.withUnsafeBufferPointer { $0.lazy.map(\.magnitude).max() ?? 0 }
    return [
      "\(lost) of \(count) blocks err nearly as much as zeros would, or more: the largest weight is "
        + "\(sizes), and the format's scales may not reach there; scale the weights, or take another type"
    ]
  }

  /// What a reader must know of importances.
  fileprivate func notes(on importance: [Float]) -> [String] {
    let runs = importance.count / runLength
    let empty = (0..<runs).count { run in
      importance[run * runLength..<(run + 1) * runLength].allSatisfy { $0 == 0 }
    }
    guard empty > 0 else { return [] }
    return [
      "\(empty) of \(runs) runs of \(runLength) input channels have no importance at all; their errors "
        + "count for nothing, and a search may store zeros there, as llama.cpp's does"
    ]
  }
}
