internal import CKernels

/// Layer norm or root-mean-square norm, with its gain and offset.
public struct NormalizationLayer: Sendable, Equatable {
  /// Which norm.
  public let kind: ModelConfiguration.Normalization
  /// What each channel is multiplied by.
  public let gain: [Float]
  /// What is added to each channel; nil for root-mean-square norms.
  public let offset: [Float]?

  /// Makes a norm.
  ///
  /// - Parameters:
  ///   - kind: Which norm.
  ///   - gain: One number a channel.
  ///   - offset: One number a channel, or none.
  public init(kind: ModelConfiguration.Normalization, gain: [Float], offset: [Float]? = nil) {
    precondition(
      offset == nil || offset?.count == gain.count, "a gain and an offset of different widths")
    self.kind = kind
    self.gain = gain
    self.offset = offset
  }

  /// Normalizes rows; `output` may be `input`.
  func apply(
    _ input: UnsafePointer<Float>, rows: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let width = gain.count
    gain.withUnsafeBufferPointer { gain in
      (offset ?? []).withUnsafeBufferPointer { shifts in
        let shifts = shifts.isEmpty ? nil : shifts.baseAddress
        Parallel.split(rows, parts: Parallel.parts(for: rows * width)) { range in
          let first = range.lowerBound * width
          switch kind {
          case .layerNorm(let epsilon):
            nibble_layer_norm(
              input + first, range.count, width, gain.baseAddress, shifts, epsilon, output + first)
          case .rootMeanSquare(let epsilon):
            nibble_rms_norm(
              input + first, range.count, width, gain.baseAddress, epsilon, output + first)
          }
        }
      }
    }
  }
}
