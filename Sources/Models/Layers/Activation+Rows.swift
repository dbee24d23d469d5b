internal import CKernels

extension ModelConfiguration.Activation {
  /// Applies the nonlinearity in place, then multiplies by the factors of a gated layer.
  func apply(
    to values: UnsafeMutablePointer<Float>, times factors: UnsafePointer<Float>?, count: Int
  ) {
    Parallel.split(count, parts: Parallel.parts(for: count)) { range in
      let start = values + range.lowerBound
      switch self {
      case .relu: nibble_relu(start, range.count)
      case .gelu: nibble_gelu_erf(start, range.count)
      case .geluTanh: nibble_gelu_tanh(start, range.count)
      case .silu: nibble_silu(start, range.count)
      }
      if let factors { nibble_multiply(start, factors + range.lowerBound, range.count) }
    }
  }
}
