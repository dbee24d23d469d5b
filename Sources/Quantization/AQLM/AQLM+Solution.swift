public import Tensors

extension AQLM {
  /// What changes between two measurements of the loss.
  public enum Phase: String, Hashable, Sendable {
    /// Codebooks and codes by k-means on what is left over.
    case start
    /// The entries of all codebooks.
    case codebooks
    /// One scale a row.
    case scales
    /// The codes.
    case codes
  }

  /// What was found, and how the loss fell.
  public struct Solution: Sendable {
    /// The codes: for each vector of eight weights one for each codebook, row after row.
    public let codes: VectorCodes
    /// The entries, one codebook a row: entry k of codebook m is at columns 8k to 8k + 7.
    public let codebooks: Matrix
    /// s, one a row.
    public let scales: [Float]
    /// Ŵ, shape of the weight.
    public let dequantized: Matrix
    /// The loss after each phase, ½ tr(Δ H Δᵀ); it never rises.
    public let course: [(phase: Phase, loss: Double)]
    /// The width of a code.
    public let bits: Int
  }
}

extension AQLM.Solution {
  /// The loss at the end.
  public var loss: Double { course.last?.loss ?? 0 }

  /// What is stored: codes, 16-bit entries, 16-bit scales.
  public var storage: StorageCost {
    StorageCost(
      weights: dequantized.count,
      items: [
        .init("codes", count: codes.values.count, bitsEach: bits),
        .init("codebook entries", count: codebooks.count, bitsEach: 16),
        .init("scales", count: scales.count, bitsEach: 16),
      ])
  }
}

/// Codes, codebooks and scales on their way.
struct AdditiveCode: Sendable {
  let rows: Int
  let columns: Int
  let codebookCount: Int
  let entryCount: Int
  /// Shape [rows, vectors a row, codebooks].
  var codes: [UInt16]
  /// Shape [codebooks, entries, 8].
  var entries: [Float]
  var scales: [Float]

  var vectorsPerRow: Int { columns / AQLM.vectorLength }

  /// Σ C_m[b_m] for some entries, unscaled or times the scales, shape of the weight.
  func sums(_ entries: [Float], scaled: Bool) -> Matrix {
    let length = AQLM.vectorLength
    return Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
      entries.withUnsafeBufferPointer { entries in
        codes.withUnsafeBufferPointer { codes in
          for vector in 0..<rows * vectorsPerRow {
            let target = vector * length
            for place in 0..<length { values[target + place] = 0 }
            for codebook in 0..<codebookCount {
              let entry =
                (codebook * entryCount + Int(codes[vector * codebookCount + codebook])) * length
              for place in 0..<length { values[target + place] += entries[entry + place] }
            }
            if scaled {
              let scale = scales[vector / vectorsPerRow]
              for place in 0..<length { values[target + place] *= scale }
            }
          }
        }
      }
    }
  }

  /// Ŵ.
  var dequantized: Matrix { sums(entries, scaled: true) }
}
