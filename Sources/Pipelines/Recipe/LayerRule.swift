public import Quantization

/// How a linear layer is quantized: a row of the table of methods, and what was asked of it.
public struct LayerRule: Sendable {
  /// The method.
  public var method: LayerMethod
  /// What was asked of it; a seed and a number of threads are the run's and not a rule's.
  public var options: LayerOptions
  /// Whether the mean square of each input, from the calibration, is the method's importance matrix.
  public var weighsByInputs: Bool

  /// A rule.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - options: What is asked of it.
  ///   - weighsByInputs: Whether calibration is its importance matrix.
  public init(_ method: LayerMethod, _ options: LayerOptions, weighsByInputs: Bool = false) {
    self.method = method
    self.options = options
    self.weighsByInputs = weighsByInputs
  }

  /// Refuses what no layer could follow: options that the method would ignore, a method after a rotation that
  /// there is not, and options that neither of the two knows.
  ///
  /// - Throws: `QuantizationError.optionsNotUsed`, `.unknownMethod` or `.rotationAfterRotation`.
  public func check() throws(QuantizationError) {
    try Self.require(options.given, of: method)
    guard let name = options.then else { return }
    let then = try LayerMethod(named: name)
    guard then.name != method.name else { throw .rotationAfterRotation }
    let turns: Set<LayerOption> = [.then, .rotation, .blockwise, .iterations]
    try Self.require(options.given.filter { !turns.contains($0) }, of: then)
  }

  private static func require(
    _ given: [LayerOption], of method: LayerMethod
  ) throws(QuantizationError) {
    let unused = given.filter { !method.options.contains($0) }
    guard !unused.isEmpty else { return }
    throw .optionsNotUsed(
      method: method.name, options: unused.map(\.rawValue),
      uses: LayerOption.allCases.filter { method.options.contains($0) }.map(\.rawValue))
  }

  /// What it must be given of a layer's inputs.
  ///
  /// A rotation turns the inputs that the method after it needs, so it needs them token by token.
  var needs: LayerNeeds {
    var needs = method.needs
    if method.name == "rotation", let then = try? LayerMethod(named: options.then ?? "rtn"),
      then.needs != .nothing
    {
      needs = .activations
    }
    let asks = weighsByInputs || options.biasCorrection ?? false
    return asks && needs == .nothing ? .statistics : needs
  }

  /// Whether it compares with the float model's inputs of the same tokens.
  var comparesWithFloatModel: Bool { method.name == "gptaq" || options.then == "gptaq" }

  /// Everything that was said, by key, in a fixed order.
  var written: [(key: String, value: String)] {
    var written = [(key: "method", value: method.name)]
    for option in RecipeOption.all {
      if let text = option.text(options) { written.append((option.key, text)) }
    }
    if weighsByInputs { written.append(("imatrix", "activations")) }
    return written
  }

  /// The same as one line: `gptq bits 4 group-size 128`.
  var line: String {
    written.map { $0.key == "method" ? $0.value : "\($0.key) \($0.value)" }.joined(separator: " ")
  }
}
