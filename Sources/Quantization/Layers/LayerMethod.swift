internal import Tensors

/// One way to quantize a layer, as the table of methods lists it.
///
/// A new method is one file with its row and one more line in ``all``.
public struct LayerMethod: Sendable {
  /// What people type: `rtn`, `nf4`.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// The options it knows.
  public let options: Set<LayerOption>
  /// How its bits per weight come about, b bits and groups of g.
  public let bitsRule: String
  /// Where it comes from.
  public let source: String
  /// The method itself; options are known to be its own.
  let run:
    @Sendable (_ input: LayerInput, _ options: LayerOptions) throws(QuantizationError) ->
      LayerResult

  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - input: The weight and, where there are any, activations.
  ///   - options: What was asked; the method's defaults where nothing was.
  /// - Returns: Codes, scales, zeros, what they dequantize to, and what they occupy.
  /// - Throws: `QuantizationError.optionsNotUsed` for an option this method would ignore, and what
  ///   the method itself refuses.
  public func quantize(
    _ input: LayerInput, _ options: LayerOptions = LayerOptions()
  ) throws(QuantizationError) -> LayerResult {
    let unused = options.given.filter { !self.options.contains($0) }
    guard unused.isEmpty else {
      throw .optionsNotUsed(
        method: name, options: unused.map(\.rawValue),
        uses: LayerOption.allCases.filter(self.options.contains).map(\.rawValue))
    }
    return try run(input, options)
  }
}

extension LayerMethod {
  /// Every method there is, in the order in which they are listed.
  public static let all: [LayerMethod] = [
    .roundToNearest, .normalFloat4, .float4, .float8E4M3, .float8E5M2, .mxFloat4, .nvFloat4,
    .ternary, .lloydMax, .kMeans,
  ]

  /// The method with a name.
  ///
  /// - Parameter name: The ``name`` of one of ``all``.
  /// - Throws: `QuantizationError.unknownMethod`, with the nearest name and all of them.
  public init(named name: String) throws(QuantizationError) {
    guard let found = Self.all.first(where: { $0.name == name }) else {
      let names = Self.all.map(\.name)
      throw .unknownMethod(name, nearest: nearestNames(to: name, among: names).first, known: names)
    }
    self = found
  }
}
