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
  /// Whether it quantizes inputs as well and computes the layer's output itself.
  public let computesOutput: Bool
  /// Whether its time grows so fast with the layer that a comparison leaves it out unless asked.
  public let isSlow: Bool
  /// Why codes, scales and zero points alone are not what it stores; nil where they are.
  private let ownObstacle: AffineObstacle?
  /// Refuses sizes and options that the method cannot do with, whatever the weights are.
  private let refuse:
    @Sendable (_ options: LayerOptions, _ rows: Int, _ columns: Int) throws(QuantizationError) ->
      Void
  /// The method itself; options are known to be its own, and were not refused.
  let run:
    @Sendable (_ input: LayerInput, _ options: LayerOptions) throws(QuantizationError) ->
      LayerResult

  /// A row of the table; bias correction is known to every method that leaves the output to the layer.
  init(
    name: String, summary: String, options: Set<LayerOption>, needs: LayerNeeds = .nothing,
    computesOutput: Bool = false, bitsRule: String, source: String, isSlow: Bool = false,
    obstacle: AffineObstacle? = nil,
    check:
      @escaping @Sendable (_ options: LayerOptions, _ rows: Int, _ columns: Int)
      throws(QuantizationError) -> Void,
    run:
      @escaping @Sendable (_ input: LayerInput, _ options: LayerOptions) throws(QuantizationError)
      -> LayerResult
  ) {
    self.name = name
    self.summary = summary
    self.options =
      computesOutput
      ? options.subtracting([.biasCorrection]) : options.union([.biasCorrection])
    self.needs = needs
    self.computesOutput = computesOutput
    self.bitsRule = bitsRule
    self.source = source
    self.isSlow = isSlow
    ownObstacle = obstacle
    refuse = check
    self.run = run
  }

  /// Refuses what ``quantize(_:_:)`` would refuse of any weight of these sizes, without one.
  ///
  /// The first thing that ``quantize(_:_:)`` does, so that a plan and a run cannot differ.
  ///
  /// - Parameters:
  ///   - options: What was asked.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  /// - Throws: `QuantizationError.optionsNotUsed` for an option that this method would ignore, and bits,
  ///   groups and parameters that cannot be.
  public func check(
    _ options: LayerOptions, rows: Int, columns: Int
  ) throws(QuantizationError) {
    let unused = options.given.filter { !self.options.contains($0) }
    guard unused.isEmpty else { throw doesNotUse(unused) }
    var ownOptions = options
    ownOptions.biasCorrection = nil
    try refuse(ownOptions, rows, columns)
  }

  /// Why a format of codes, scales and zero points cannot hold what the method makes; nil where it can.
  ///
  /// - Parameter options: What was asked.
  /// - Returns: What such a format would leave out.
  public func affineObstacle(_ options: LayerOptions) -> AffineObstacle? {
    guard name == "rotation" else { return ownObstacle }
    // What was turned is in the way whatever follows, unless what follows is not codes and grids at all.
    let then = (try? LayerMethod(named: options.then ?? "rtn"))?.ownObstacle
    switch then {
    case .blocks, .vectors, .levels, .outliers, .inputScales: return then
    default: return .turned
    }
  }

  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - input: The weight and, where there are any, activations.
  ///   - options: What was asked; the method's defaults where nothing was.
  /// - Returns: Codes, scales, zeros, what they dequantize to, and what they occupy; a bias as well
  ///   where bias correction was asked for.
  /// - Throws: `QuantizationError.optionsNotUsed` for an option this method would ignore,
  ///   `.inputsNeeded` where it needs inputs and has none, and what the method itself refuses.
  public func quantize(
    _ input: LayerInput, _ options: LayerOptions = LayerOptions()
  ) throws(QuantizationError) -> LayerResult {
    try check(options, rows: input.weight.rows, columns: input.weight.columns)
    if needs != .nothing, input.activations == nil, needs == .activations || input.statistics == nil
    {
      throw .inputsNeeded(method: name)
    }
    guard options.biasCorrection ?? false else {
      let result = try run(input, options)
      try result.requireFinite(from: name)
      return result
    }
    let means = try input.inputMeans(for: "bias correction")
    var ownOptions = options
    ownOptions.biasCorrection = nil
    var result = try run(input, ownOptions)
    guard result.output == nil else {  // a rotation's method
      let last = (try? LayerMethod(named: result.then ?? name)) ?? self
      throw last.doesNotUse([.biasCorrection])
    }
    try result.requireFinite(from: name)
    try result.correctBias(of: input.weight, inputMeans: means)
    try result.requireFinite(from: name)
    return result
  }

  private func doesNotUse(_ options: [LayerOption]) -> QuantizationError {
    .optionsNotUsed(
      method: name, options: options.map(\.rawValue),
      uses: LayerOption.allCases.filter { self.options.contains($0) && !options.contains($0) }
        .map(\.rawValue))
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
