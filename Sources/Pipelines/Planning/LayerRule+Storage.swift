internal import Quantization

extension LayerRule {
  /// What a layer of a shape will take a weight, worked out without quantizing it.
  ///
  /// - Parameters:
  ///   - outputs: The number of outputs.
  ///   - inputs: The number of inputs.
  ///   - format: How it will be stored.
  /// - Returns: Bits a weight; nil where a method's storage depends on the weights.
  func plannedBits(outputs: Int, inputs: Int, format: FormatChoice) -> Double? {
    switch format {
    case .dequantized: return methodBits(outputs: outputs, inputs: inputs)
    case .bitsAndBytes:
      guard ["nf4", "fp4"].contains(method.name) else { return nil }
      // What a layer says of itself, in JSON, is some hundred bytes.
      return 4 + 32 / Double(options.groupSize ?? 64) + 128 * 8 / Double(outputs * inputs)
    case .awq:
      guard let grid = plannedGrid(inputs: inputs), grid.bits == 4 else { return nil }
      return 4 + 20 / Double(grid.groupSize)
    case .gptq, .compressedTensors:
      guard let grid = plannedGrid(inputs: inputs) else { return nil }
      let scales = 16 / Double(grid.groupSize)
      let zeros = Double(grid.bits) / Double(grid.groupSize)
      let index = 32 / Double(outputs)
      if format == .gptq { return Double(grid.bits) + scales + zeros + index }
      let codes =
        Double(32 * PackQuantizedTensors.words(inputs, bits: grid.bits).stream) / Double(inputs)
      let packedZeros =
        Double(32 * PackQuantizedTensors.words(outputs, bits: grid.bits).stream) / Double(outputs)
      return codes + scales + (grid.isSymmetric ? 0 : packedZeros / Double(grid.groupSize))
        + (grid.hasIndex ? index : 0) + 128 / Double(outputs * inputs)
    }
  }

  /// The grid of the methods that store whole codes, a scale and a zero point for each group.
  private func plannedGrid(
    inputs: Int
  ) -> (bits: Int, groupSize: Int, isSymmetric: Bool, hasIndex: Bool)? {
    guard ["rtn", "gptq", "gptaq", "ldlq", "obq"].contains(method.name) else { return nil }
    let asked = options.groupSize ?? min(128, inputs)
    let size = asked == 0 ? inputs : asked
    let moves = options.actOrder ?? false && !(options.staticGroups ?? false) && size < inputs
    return (options.bits ?? 4, size, options.symmetric ?? false, moves)
  }

  /// What the method itself stores, as its `bitsRule` says.
  private func methodBits(outputs: Int, inputs: Int) -> Double? {
    if let grid = plannedGrid(inputs: inputs) {
      return Double(grid.bits) + Double(16 + (grid.isSymmetric ? 0 : grid.bits))
        / Double(grid.groupSize)
        + (grid.hasIndex ? 32 / Double(outputs) : 0)
    }
    let size =
      (options.groupSize ?? min(128, inputs)) == 0 ? inputs : options.groupSize ?? min(128, inputs)
    let bits = Double(options.bits ?? 4)
    switch method.name {
    case "awq":
      return bits + (options.symmetric ?? false ? 16 : 16 + bits) / Double(size)
    case "hqq": return bits + 32 / Double(size)
    case "smoothquant": return Double(options.bits ?? 8) + 16 / Double(inputs)
    case "mxfp4": return 4.25
    case "nf4", "fp4":
      let block = Double(options.groupSize ?? 64)
      return options.doubleQuantization ?? false
        ? 4 + 8 / block + 32 / (block * 256) : 4 + 32 / block
    default:
      guard method.name.hasPrefix("gguf:"),
        let format = BlockFormat.all.first(where: { "gguf:" + $0.name == method.name })
      else { return nil }
      return format.bitsPerWeight
    }
  }
}
