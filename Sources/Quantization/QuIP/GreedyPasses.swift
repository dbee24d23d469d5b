internal import Tensors

extension FeedbackRounding {
  /// Goes over all blocks again, each with all others as they are now.
  ///
  /// The best value for block k with the others fixed is Ŵₖ + (W − Ŵ) H₍:,ₖ₎ Hₖₖ⁻¹; it is rounded, and
  /// kept where the loss of its row falls. So the loss never rises. A pass costs as much as the product
  /// of the weight with H. Source: the greedy updates of Chee et al. 2023, arXiv:2307.13304.
  ///
  /// - Parameters:
  ///   - weight: W.
  ///   - hessian: H, damped.
  ///   - quantizer: Q.
  ///   - passes: How often.
  ///   - threads: How many threads may take part.
  /// - Throws: `TensorError.notPositiveDefinite` where a block of H is not.
  mutating func refine(
    _ weight: Matrix, hessian: DoubleMatrix, by quantizer: some BlockQuantizer, passes: Int,
    threads: Int?
  ) throws(TensorError) {
    let (rows, columns, length) = (weight.rows, weight.columns, quantizer.length)
    guard passes > 0, rows > 0 else { return }
    let perRow = columns / length * quantizer.codesPerBlock
    let single = hessian.rounded()
    let inverses = try Self.blockInverses(of: hessian, length: length)
    var gradient = (weight - values).multiplied(by: single)  // (W − Ŵ) H
    let threads = Parallel.threads(threads, elements: weight.count * 16)
    for _ in 0..<passes {
      var changed = [Bool](repeating: false, count: rows)
      values.withUnsafeMutableBufferPointer { values in
        codes.withUnsafeMutableBufferPointer { codes in
          gradient.withUnsafeMutableBufferPointer { gradient in
            changed.withUnsafeMutableBufferPointer { changed in
              let pass = GreedyPass(
                hessian: single, inverses: inverses, values: values, codes: codes,
                gradient: gradient, changed: changed, columns: columns, perRow: perRow)
              Parallel.split(rows, threads: threads) { part in
                for row in part { pass.refine(row, by: quantizer) }
              }
            }
          }
        }
      }
      if !changed.contains(true) { return }
    }
  }

  /// Hₖₖ⁻¹ of every block, one after the other.
  private static func blockInverses(
    of hessian: DoubleMatrix, length: Int
  ) throws(TensorError) -> [Float] {
    var inverses: [Float] = []
    for start in stride(from: 0, to: hessian.rows, by: length) {
      var block = DoubleMatrix(rows: length, columns: length, repeating: 0)
      for row in 0..<length {
        for column in 0..<length { block[row, column] = hessian[start + row, start + column] }
      }
      do throws(TensorError) {
        inverses += try block.inverseFromCholesky().elements.map { Float($0) }
      } catch {
        guard case .notPositiveDefinite(_, let pivot, let value) = error else { throw error }
        throw .notPositiveDefinite(size: hessian.rows, pivot: start + pivot, value: value)
      }
    }
    return inverses
  }
}

/// What the rows of one pass share.
private struct GreedyPass: @unchecked Sendable {
  let hessian: Matrix
  let inverses: [Float]
  let values: UnsafeMutableBufferPointer<Float>
  let codes: UnsafeMutableBufferPointer<UInt16>
  let gradient: UnsafeMutableBufferPointer<Float>
  let changed: UnsafeMutableBufferPointer<Bool>
  let columns: Int
  let perRow: Int

  @inline(__always) func refine(_ row: Int, by quantizer: some BlockQuantizer) {
    let (length, stages) = (quantizer.length, quantizer.codesPerBlock)
    let line = row * columns
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * length) { scratch in
      withUnsafeTemporaryAllocation(of: UInt16.self, capacity: stages) { newCodes in
        guard let target = scratch.baseAddress, let newCode = newCodes.baseAddress else { return }
        let (value, step) = (target + length, target + 2 * length)
        hessian.withUnsafeBufferPointer { hessian in
          for block in stride(from: columns - length, through: 0, by: -length) {
            let inverse = block * length
            for place in 0..<length {
              var sum = values[line + block + place]
              for other in 0..<length {
                sum += gradient[line + block + other] * inverses[inverse + other * length + place]
              }
              target[place] = sum
            }
            quantizer.quantize(target, values: value, codes: newCode)
            // With E′ = E − δ the row's loss changes by δ Hₖₖ δᵀ − 2 δ · gradient.
            var change: Float = 0
            var isSame = true
            for place in 0..<length {
              step[place] = value[place] - values[line + block + place]
              if step[place] != 0 { isSame = false }
            }
            if isSame { continue }
            for place in 0..<length {
              var curved: Float = 0
              for other in 0..<length {
                curved += step[other] * hessian[(block + other) * columns + block + place]
              }
              change += step[place] * (curved - 2 * gradient[line + block + place])
            }
            guard change < 0 else { continue }
            changed[row] = true
            for place in 0..<length {
              values[line + block + place] = value[place]
              let (factor, source) = (step[place], (block + place) * columns)
              for column in 0..<columns {
                gradient[line + column] -= factor * hessian[source + column]
              }
            }
            let first = row * perRow + block / length * stages
            for stage in 0..<stages { codes[first + stage] = newCode[stage] }
          }
        }
      }
    }
  }
}
