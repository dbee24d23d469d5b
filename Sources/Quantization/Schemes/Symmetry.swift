/// Whether the grid mirrors around zero.
public enum Symmetry: Hashable, Sendable {
  /// The grid runs from the smallest to the largest value, zero included; codes 0 to 2ᵇ − 1.
  case asymmetric
  /// The grid runs as far below zero as above.
  case symmetric(SymmetricGrid = .restricted)
}

/// The three grids that people call symmetric, for a largest magnitude R.
public enum SymmetricGrid: Hashable, Sendable {
  /// Codes −(2ᵇ⁻¹ − 1) to 2ᵇ⁻¹ − 1, scale R / (2ᵇ⁻¹ − 1): both ends exact, one code unused.
  case restricted
  /// Codes 0 to 2ᵇ − 1, scale 2R / (2ᵇ − 1), zero at 2ᵇ⁻¹: GPTQ's grid and PyTorch's `quint8`.
  case full
  /// Codes −2ᵇ⁻¹ to 2ᵇ⁻¹ − 1, scale 2R / (2ᵇ − 1), zero at 0: PyTorch's `qint8`.
  case fullSigned
}
