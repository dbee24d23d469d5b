/// A way to choose a range from data: one row of the table ``all``.
///
/// For weights that are at hand in one piece see ``RangeChoice``; an observer also takes data that
/// arrives in batches, as activations do. Rows named after a framework follow that framework's
/// arithmetic, constants and degenerate cases, float32 where it uses float32. The others compute in
/// Double, store the scale as a Float, and give a zero range scale 1 and zero point 0.
///
/// Symmetric grids. Ours, and TensorRT's: signed codes are restricted, scale R/(2ᵇ⁻¹ − 1); unsigned
/// ones have scale 2R/(2ᵇ − 1) and zero point 2ᵇ⁻¹. PyTorch's: scale 2R/(2ᵇ − 1), zero point 0 when
/// signed, 128 for unsigned bytes. ONNX Runtime's: scale R/127 for signed bytes, 2R/(2ᵇ − 1) for the
/// rest, a zero point in the middle, and no code left out.
public struct Observer: Sendable {
  /// The name it is asked for by.
  public let name: String
  /// What it chooses, in one line.
  public let summary: String
  /// The constants it works with and the options it heeds.
  public let parameters: [String]
  /// Where its definition comes from.
  public let source: String
  /// Makes the state for one tensor or channel.
  private let make: @Sendable (ObserverOptions) throws(ObserverError) -> any RangeEstimation

  /// A row of the table.
  init(
    name: String, summary: String, parameters: [String], source: String,
    make: @escaping @Sendable (ObserverOptions) throws(ObserverError) -> any RangeEstimation
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.source = source
    self.make = make
  }

  /// The observer with a name.
  ///
  /// - Parameter name: The ``name`` of one of ``all``.
  /// - Throws: `ObserverError.unknownObserver`.
  public init(named name: String) throws(ObserverError) {
    guard let found = Self.all.first(where: { $0.name == name }) else {
      throw .unknownObserver(name, known: Self.all.map(\.name))
    }
    self = found
  }

  /// Returns the state to feed batches to, for one tensor or one channel.
  ///
  /// - Parameter options: The grid and the observer's parameters; `channelAxis` and `batches` are
  ///   the caller's business here.
  /// - Returns: A state that has seen nothing.
  /// - Throws: `ObserverError` for options that mean nothing.
  public func makeEstimator(_ options: ObserverOptions) throws(ObserverError) -> RangeEstimator {
    try options.validate()
    return RangeEstimator(try make(options))
  }
}
