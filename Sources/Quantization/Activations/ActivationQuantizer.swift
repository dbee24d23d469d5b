internal import CKernels
public import Grids
public import Tensors

/// How a layer's inputs become integers: who shares a scale, and when it is chosen.
///
/// *Dynamic* grids are read off the inputs as they come, one a token or one for the call; a *static*
/// grid was fixed beforehand on other inputs, and what lies beyond it is clipped. Sources: the
/// token-wise grids of Yao et al. 2022, arXiv:2206.01861; the three levels of Xiao et al. 2022,
/// arXiv:2211.10438, table 2.
public struct ActivationQuantizer: Hashable, Sendable {
  /// Who shares a scale, and when it is chosen.
  public enum Scaling: Hashable, Sendable {
    /// A grid for each token, from its own range, when it comes.
    case token
    /// One grid for all tokens of a call, from the call's range.
    case tensor
    /// One grid for ever.
    case fixed(AffineGrid)
  }

  /// The width of a code.
  public let bits: Int
  /// Whether the grid mirrors around zero.
  public let symmetry: Symmetry
  /// Who shares a scale, and when it is chosen.
  public let scaling: Scaling

  /// A dynamic quantizer.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - symmetry: Whether the grid mirrors around zero.
  ///   - sharing: `.token` or `.tensor`; one of a fixed grid is made by ``init(fixed:)``.
  public init(
    bits: Int = 8, symmetry: Symmetry = .symmetric(.restricted), sharing: Sharing = .token
  ) {
    self.bits = bits
    self.symmetry = symmetry
    scaling = sharing == .token ? .token : .tensor
  }

  /// Who shares a dynamic grid.
  public enum Sharing: Hashable, Sendable {
    /// Each token has its own.
    case token
    /// All tokens of a call.
    case tensor
  }

  /// A static quantizer from a grid that is known.
  ///
  /// - Parameter grid: Unsigned with any zero point, or signed with zero point 0.
  /// - Throws: `QuantizationError.codeOutsideGrid` for signed codes with another zero point.
  public init(fixed grid: AffineGrid) throws(QuantizationError) {
    guard grid.zeroPoint == 0 || !grid.integers.isSigned else {
      throw .codeOutsideGrid(code: grid.zeroPoint, index: 0, allowed: 0...0)
    }
    bits = grid.integers.bits
    symmetry =
      !grid.integers.isSigned
      ? .asymmetric : .symmetric(grid.integers.isRestricted ? .restricted : .fullSigned)
    scaling = .fixed(grid)
  }

  /// A static quantizer whose grid an observer chooses on calibration inputs.
  ///
  /// Symmetric grids get signed codes, asymmetric ones unsigned codes.
  ///
  /// - Parameters:
  ///   - inputs: What the layer has seen, shape [tokens, in].
  ///   - observer: Who chooses the range; min-max where nothing is said.
  ///   - bits: The width of a code.
  ///   - symmetric: Whether the grid mirrors around zero.
  ///   - batches: How many parts the tokens arrive in.
  /// - Throws: `ObserverError` for inputs or options that cannot be observed.
  public init(
    calibratedOn inputs: Matrix, observer: Observer? = nil, bits: Int = 8, symmetric: Bool = true,
    batches: Int = 1
  ) throws(ObserverError) {
    let chosen: Observer
    if let observer { chosen = observer } else { chosen = try Observer(named: "min-max") }
    let options = ObserverOptions(
      bits: bits, isSigned: symmetric, isSymmetric: symmetric, batches: batches)
    let seen = try inputs.withUnsafeBufferPointer {
      (values: UnsafeBufferPointer<Float>) throws(ObserverError) in
      try chosen.observe(values, shape: [inputs.rows, inputs.columns], options: options)
    }
    let grid = seen.ranges[0].grid
    self.bits = bits
    symmetry =
      !symmetric ? .asymmetric : .symmetric(grid.integers.isRestricted ? .restricted : .fullSigned)
    scaling = .fixed(grid)
  }

  /// A static quantizer for inputs whose largest magnitude is known: symmetric, restricted, ±R.
  ///
  /// - Parameters:
  ///   - largest: R, zero or more and finite; 0 for inputs that were all zero.
  ///   - bits: The width of a code, 2 to 8.
  /// - Throws: `QuantizationError.bits`, `.parameter`.
  public init(largestMagnitude largest: Float, bits: Int = 8) throws(QuantizationError) {
    guard (2...8).contains(bits) else {
      throw .bits(bits, allowed: 2...8, who: "the restricted symmetric grid")
    }
    guard largest >= 0, largest.isFinite else {
      throw .parameter(
        name: "largest magnitude", value: Double(largest), expected: "zero or a positive number")
    }
    self.bits = bits
    symmetry = .symmetric(.restricted)
    scaling = .fixed(
      AffineGrid(symmetric: Double(largest), as: .signed(bits: bits, restricted: true)))
  }

  /// Inputs as integers.
  ///
  /// - Parameter activations: Shape [tokens, in].
  /// - Returns: Codes of that shape, with a scale a token or one in all.
  /// - Throws: `QuantizationError.empty`, `.bits`, or `.notFinite` naming the element.
  public func quantized(_ activations: Matrix) throws(QuantizationError) -> QuantizedMatrix {
    switch scaling {
    case .token:
      try activations.roundedToNearest(
        QuantizationScheme(bits: bits, symmetry: symmetry, granularity: .token))
    case .tensor:
      try activations.roundedToNearest(
        QuantizationScheme(bits: bits, symmetry: symmetry, granularity: .tensor))
    case .fixed(let grid): try quantized(activations, on: grid)
    }
  }

  /// Inputs after a round trip through the grid.
  ///
  /// - Parameter activations: Shape [tokens, in].
  /// - Returns: `quantized(activations).dequantized()`.
  /// - Throws: What ``quantized(_:)`` throws.
  public func fakeQuantized(_ activations: Matrix) throws(QuantizationError) -> Matrix {
    try quantized(activations).dequantized()
  }

  /// The outputs of a layer whose weight and inputs are both quantized, shape [tokens, out].
  ///
  /// In integers where a row of the weight has one scale: a 32-bit sum an output, rescaled once. Where
  /// scales change along a row they cannot leave the sum, and the decoded values are multiplied.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - activations: Shape [tokens, in].
  /// - Returns: The outputs, shape [tokens, out].
  /// - Throws: What ``quantized(_:)`` throws, `.activationsDoNotMatch`, `.accumulatorOverflow`.
  public func output(
    of weight: QuantizedMatrix, on activations: Matrix
  ) throws(QuantizationError) -> Matrix {
    guard weight.columns == activations.columns else {
      throw .activationsDoNotMatch(
        activationColumns: activations.columns, weightColumns: weight.columns)
    }
    let inputs = try quantized(activations)
    guard weight.groupsAcross == 1 else {
      return inputs.dequantized().multiplyingTransposed(weight.dequantized())
    }
    return try inputs.integerProduct(weight: weight).dequantized()
  }

  private func quantized(
    _ activations: Matrix, on grid: AffineGrid
  ) throws(QuantizationError) -> QuantizedMatrix {
    let scheme = QuantizationScheme(bits: bits, symmetry: symmetry, granularity: .tensor)
    let layout = try scheme.layout(rows: activations.rows, columns: activations.columns)
    try activations.requireFinite(named: "activations")
    let codes = [UInt8](unsafeUninitializedCapacity: activations.count) { codes, filled in
      activations.withUnsafeBufferPointer { values in
        nibble_affine_round_run(
          values.baseAddress, activations.count, grid.scale, Int32(grid.zeroPoint),
          Int32(grid.integers.lowest), Int32(grid.integers.highest), codes.baseAddress)
      }
      filled = activations.count
    }
    return QuantizedMatrix(
      trusted: codes, scales: [grid.scale], zeroPoints: [grid.zeroPoint], scheme: scheme,
      layout: layout)
  }
}
