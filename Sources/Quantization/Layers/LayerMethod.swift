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
  /// The data it needs besides the weight.
  public let needs: LayerNeeds
  /// How its bits per weight come about, b bits and groups of g.
  public let bitsRule: String
  /// Where it comes from.
  public let source: String
  /// Whether its time grows so fast with the layer that a comparison leaves it out unless asked.
  public let isSlow: Bool
  /// The method itself; options are known to be its own.
  let run:
    @Sendable (_ input: LayerInput, _ options: LayerOptions) throws(QuantizationError) ->
      LayerResult

  /// A row of the table.
  init(
    name: String, summary: String, options: Set<LayerOption>, needs: LayerNeeds = .nothing,
    bitsRule: String, source: String, isSlow: Bool = false,
    run:
      @escaping @Sendable (_ input: LayerInput, _ options: LayerOptions) throws(QuantizationError)
      -> LayerResult
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.needs = needs
    self.bitsRule = bitsRule
    self.source = source
    self.isSlow = isSlow
    self.run = run
  }

  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - input: The weight and, where there are any, activations.
  ///   - options: What was asked; the method's defaults where nothing was.
  /// - Returns: Codes, scales, zeros, what they dequantize to, and what they occupy.
  /// - Throws: `QuantizationError.optionsNotUsed` for an option this method would ignore,
  ///   `.inputsNeeded` where it needs inputs and has none, and what the method itself refuses.
  public func quantize(
    _ input: LayerInput, _ options: LayerOptions = LayerOptions()
  ) throws(QuantizationError) -> LayerResult {
    let unused = options.given.filter { !self.options.contains($0) }
    guard unused.isEmpty else {
      throw .optionsNotUsed(
        method: name, options: unused.map(\.rawValue),
        uses: LayerOption.allCases.filter(self.options.contains).map(\.rawValue))
    }
    if needs != .nothing, input.activations == nil, needs == .activations || input.statistics == nil
    {
      throw .inputsNeeded(method: name)
    }
    let result = try run(input, options)
    try result.requireFinite(from: name)
    return result
  }
}

extension LayerMethod {
  /// Every method there is, in the order in which they are listed.
  public static let all: [LayerMethod] = layerMethods + blockFormats

  private static let layerMethods: [LayerMethod] = [
    .roundToNearest, .normalFloat4, .float4, .float8E4M3, .float8E5M2, .mxFloat4, .nvFloat4,
    .ternary, .lloydMax, .kMeans,
    .deepCompression, .bitNet, .bitNetBinary, .hqq,
    .optimalBrainQuantizer, .gptq, .gptaq, .ldlq,
    .awq, .smoothQuant, .llmInt8, .zeroQuant,
    .adaRound, .spqr, .aqlm,
    .rotation, .quip, .quipSharp,
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
