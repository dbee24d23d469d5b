public import Tensors

/// What rounds one block of neighbouring weights of a row.
protocol BlockQuantizer: Sendable {
  /// How many weights a block has.
  var length: Int { get }
  /// How many codes stand for a block.
  var codesPerBlock: Int { get }
  /// Writes the codes and the values nearest to a target.
  func quantize(
    _ target: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>,
    codes: UnsafeMutablePointer<UInt16>)
}

/// A weight that was rounded block by block.
struct FeedbackRounding {
  /// Ŵ, shape of the weight.
  var values: Matrix
  /// Codes, row after row.
  var codes: [UInt16]
}

/// Rounds blocks from the last to the first, each with the errors of those after it fed back.
///
/// Ŵₖ = Q(Wₖ + Σ_{j>k} (Wⱼ − Ŵⱼ) Lⱼₖ). Within a strip of columns row by row, from strip to strip by one
/// product, so that the sums run at the BLAS's speed.
///
/// - Parameters:
///   - weight: W, shape [out, in]; blocks tile the rows.
///   - lower: L, shape [in, in]; nil for no feedback: each block alone.
///   - quantizer: Q.
///   - threads: How many threads may round; no result depends on it.
///   - progress: Told the share that is done.
/// - Returns: Ŵ and its codes.
func quantizingWithFeedback(
  _ weight: Matrix, lower: Matrix?, by quantizer: some BlockQuantizer, threads: Int?,
  progress: ((Double) -> Void)? = nil
) -> FeedbackRounding {
  let (rows, columns, length) = (weight.rows, weight.columns, quantizer.length)
  precondition(columns % length == 0, "blocks of \(length) in rows of \(columns)")
  let perRow = columns / length * quantizer.codesPerBlock
  let strip = max(128 / length, 1) * length
  var targets = weight
  var values = weight
  var codes = [UInt16](repeating: 0, count: rows * perRow)
  let threads = Parallel.threads(threads, elements: weight.count * 16)
  for end in stride(from: columns, to: 0, by: -strip) {
    let start = max(end - strip, 0)
    let width = end - start
    var errors = Matrix(rows: rows, columns: width, repeating: 0)
    targets.withUnsafeMutableBufferPointer { targets in
      values.withUnsafeMutableBufferPointer { values in
        errors.withUnsafeMutableBufferPointer { errors in
          codes.withUnsafeMutableBufferPointer { codes in
            let strip = StripOfColumns(
              weight: weight, lower: lower, range: start..<end, targets: targets, values: values,
              errors: errors, codes: codes, perRow: perRow)
            Parallel.split(rows, threads: threads) { part in
              for row in part { strip.quantize(row, by: quantizer) }
            }
          }
        }
      }
    }
    if let lower, start > 0 {
      let feedback = lower.rows(in: start..<end).columns(in: 0..<start)
      let carried = errors.multiplied(by: feedback)
      targets.withUnsafeMutableBufferPointer { targets in
        carried.withUnsafeBufferPointer { carried in
          for row in 0..<rows {
            for column in 0..<start {
              targets[row * columns + column] += carried[row * start + column]
            }
          }
        }
      }
    }
    progress?(Double(columns - start) / Double(columns))
  }
  return FeedbackRounding(values: values, codes: codes)
}

/// What the rows of one strip share.
private struct StripOfColumns: @unchecked Sendable {
  let weight: Matrix
  let lower: Matrix?
  let range: Range<Int>
  let targets: UnsafeMutableBufferPointer<Float>
  let values: UnsafeMutableBufferPointer<Float>
  let errors: UnsafeMutableBufferPointer<Float>
  let codes: UnsafeMutableBufferPointer<UInt16>
  let perRow: Int

  /// Rounds one row's part, block by block from the last.
  @inline(__always) func quantize(_ row: Int, by quantizer: some BlockQuantizer) {
    guard let targets = targets.baseAddress, let values = values.baseAddress,
      let errors = errors.baseAddress, let codes = codes.baseAddress
    else { return }
    let (columns, length) = (weight.columns, quantizer.length)
    let line = row * columns
    weight.withUnsafeBufferPointer { weight in
      for block in stride(from: range.upperBound - length, through: range.lowerBound, by: -length) {
        quantizer.quantize(
          targets + line + block, values: values + line + block,
          codes: codes + row * perRow + block / length * quantizer.codesPerBlock)
        let error = errors + row * range.count + (block - range.lowerBound)
        for place in 0..<length {
          error[place] = weight[line + block + place] - values[line + block + place]
        }
        guard let lower else { continue }
        lower.withUnsafeBufferPointer { lower in
          guard let lower = lower.baseAddress else { return }
          for place in 0..<length {
            let factor = error[place]
            let source = lower + (block + place) * columns
            for column in range.lowerBound..<block {
              targets[line + column] += factor * source[column]
            }
          }
        }
      }
    }
  }
}

/// Ŵₖ = Q(Wₖ + Σ_{j>k} (Wⱼ − Ŵⱼ) Lⱼₖ) by its definition, row by row and block by block.
///
/// Explains and judges the fast form, and takes any rounding: that is where a chapter can put its own.
///
/// - Parameters:
///   - weight: W, shape [out, in].
///   - factors: The factors of H; their block size must tile the row.
///   - round: Gives the rounded block for a target of that many numbers.
/// - Returns: Ŵ, shape of the weight.
public func roundedWithFeedbackReference(
  _ weight: Matrix, factors: BlockLDL, round: (_ target: [Float]) -> [Float]
) -> Matrix {
  let (columns, size) = (weight.columns, factors.blockSize)
  precondition(
    columns == factors.lower.rows && columns % size == 0,
    "rows of \(columns) with factors of \(factors.lower.rows) in blocks of \(size)")
  var result = weight
  for row in 0..<weight.rows {
    for start in stride(from: columns - size, through: 0, by: -size) {
      var target = (start..<start + size).map { Double(weight[row, $0]) }
      for later in start + size..<max(columns, start + size) {
        let error = Double(weight[row, later] - result[row, later])
        for place in 0..<size { target[place] += error * factors.lower[later, start + place] }
      }
      for (place, value) in round(target.map { Float($0) }).enumerated() {
        result[row, start + place] = value
      }
    }
  }
  return result
}
