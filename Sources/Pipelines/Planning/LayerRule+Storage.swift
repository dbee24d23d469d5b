internal import Models
internal import Quantization
internal import Tensors

/// What the tensors of a layer take, worked out without quantizing it.
struct PlannedStorage {
  /// The bytes of the tensors that a file holds of the layer.
  let bytes: Int
  /// Everything stored, shared out among the weights; nil where a method's storage depends on the weights.
  let bitsPerWeight: Double?
}

/// The grid of the methods that store whole codes, a scale and a zero point for each group.
struct PlannedGrid {
  let bits: Int
  /// The inputs that share a scale: all of them for a whole row.
  let groupSize: Int
  /// Whether real zero is the middle code everywhere.
  let isSymmetric: Bool
  /// Whether groups are no runs of neighbours, so that each input's is stored.
  let hasIndex: Bool
}

extension LayerRule {
  /// What a layer will take.
  ///
  /// - Parameters:
  ///   - plan: Which layer.
  ///   - format: How it will be stored.
  ///   - hasBias: Whether it has a bias, which a correction changes.
  /// - Returns: Its bytes and bits; nil for a layer that the format cannot hold.
  func plannedStorage(
    _ plan: LayerPlan, format: FormatChoice, hasBias: Bool
  ) -> PlannedStorage? {
    // A bias that was corrected is written again, in single precision.
    let bias = hasBias && options.biasCorrection ?? false ? 4 * plan.outputs : 0
    if case .dequantized(let type) = format {
      return PlannedStorage(
        bytes: plan.weights * type.bits / 8 + bias,
        bitsPerWeight: methodBits(outputs: plan.outputs, inputs: plan.inputs))
    }
    return codeBytes(plan, format: format).map {
      PlannedStorage(bytes: $0 + bias, bitsPerWeight: Double($0 * 8) / Double(plan.weights))
    }
  }

  /// The bytes of a layer's tensors in a format that stores codes.
  private func codeBytes(_ plan: LayerPlan, format: FormatChoice) -> Int? {
    let (outputs, inputs) = (plan.outputs, plan.inputs)
    if format == .bitsAndBytes {
      guard ["nf4", "fp4"].contains(method.name) else { return nil }
      let asked = options.groupSize ?? 64
      let block = asked == 0 ? inputs : asked
      let state = BitsAndBytesFormat.state(plan, kind: method.name, blockSize: block)
      return (plan.weights + 1) / 2 + (plan.weights + block - 1) / block * 4 + 16 * 4 + state.count
    }
    guard let grid = plannedGrid(inputs: inputs) else { return nil }
    let groups = inputs / grid.groupSize
    let scales = groups * outputs * 2
    switch format {
    case .gptq:
      let words = inputs * grid.bits / 32 * outputs + groups * (outputs * grid.bits / 32)
      return words * 4 + scales + inputs * 4
    case .awq: return (inputs + groups) * (outputs / 8) * 4 + scales
    default:
      let codes = outputs * PackQuantizedTensors.words(inputs, bits: grid.bits).stream * 4
      let zeros = PackQuantizedTensors.words(outputs, bits: grid.bits).stream * groups * 4
      return codes + scales + (grid.isSymmetric ? 0 : zeros) + (grid.hasIndex ? inputs * 4 : 0) + 16
    }
  }

  /// The grid of a method that has one; nil for others.
  func plannedGrid(inputs: Int) -> PlannedGrid? {
    switch method.name {
    case "rtn", "gptq", "gptaq", "ldlq", "obq", "adaround", "zeroquant":
      let asked = options.groupSize ?? min(128, inputs)
      let size = asked == 0 ? inputs : asked
      let moves =
        options.actOrder ?? false && !(options.staticGroups ?? false) && size < inputs
      return PlannedGrid(
        bits: options.bits ?? 4, groupSize: size,
        isSymmetric: method.name == "zeroquant" || options.symmetric ?? false, hasIndex: moves)
    case "llm-int8":
      return PlannedGrid(bits: 8, groupSize: inputs, isSymmetric: true, hasIndex: false)
    case "ternary":
      let asked = options.groupSize ?? min(128, inputs)
      return PlannedGrid(
        bits: 2, groupSize: asked == 0 ? inputs : asked, isSymmetric: true, hasIndex: false)
    case "bitnet":
      let asked = options.groupSize ?? 0
      return PlannedGrid(
        bits: 2, groupSize: asked == 0 ? inputs : asked, isSymmetric: true, hasIndex: false)
    default: return nil
    }
  }

  /// What the method itself stores, as its `bitsRule` says; nil where that depends on the weights.
  private func methodBits(outputs: Int, inputs: Int) -> Double? {
    // A correction of the outputs' means has 16 bits an output.
    let correction = options.biasCorrection ?? false ? 16 / Double(inputs) : 0
    return Self.bits(method.name, options, outputs: outputs, inputs: inputs).map {
      $0 + correction
    }
  }

  private static func bits(
    _ name: String, _ options: LayerOptions, outputs: Int, inputs: Int
  ) -> Double? {
    let weights = Double(outputs * inputs)
    let asked = options.groupSize ?? min(128, inputs)
    let size = Double(asked == 0 ? inputs : asked)
    let bits = Double(options.bits ?? 4)
    let symmetric = options.symmetric ?? false
    // BitNet's scale is one for the layer unless groups are asked for.
    let shared = options.groupSize == nil ? weights : size
    switch name {
    case "rtn", "gptq", "gptaq", "ldlq", "obq", "adaround", "awq":
      let moves =
        options.actOrder ?? false && !(options.staticGroups ?? false) && size < Double(inputs)
      return bits + (symmetric ? 16 : 16 + bits) / size + (moves ? 32 / Double(outputs) : 0)
    case "zeroquant": return bits + 16 / size
    case "llm-int8": return 8 + 16 / Double(inputs)
    case "hqq": return bits + 32 / size
    case "smoothquant": return Double(options.bits ?? 8) + 16 / Double(inputs)
    case "fp8-e4m3", "fp8-e5m2": return 8 + 16 / size
    case "mxfp4": return 4.25
    case "nvfp4": return 4.5 + 32 / weights
    case "ternary": return 2 + 16 / size
    case "bitnet": return 2 + 16 / shared
    case "bitnet-binary": return 1 + 16 / shared
    case "kmeans": return bits + 16 * Double(1 << Int(bits)) / size
    case "lloyd-max": return bits + 16 / size + 16 * Double(1 << Int(bits)) / weights
    case "nf4", "fp4":
      let block = Double(options.groupSize == 0 ? inputs : options.groupSize ?? 64)
      let blocks = (weights / block).rounded(.up)
      guard options.doubleQuantization ?? false else { return 4 + 32 * blocks / weights }
      return 4 + (8 * blocks + 32 * (blocks / 256).rounded(.up) + 32) / weights
    case "rotation":
      guard options.rotation ?? .hadamard != .learned,
        options.iterations == nil
      else { return nil }
      var inner = options
      inner.then = nil
      let turn = options.rotation == .random ? 64 / weights : 1 / Double(outputs)
      return Self.bits(options.then ?? "rtn", inner, outputs: outputs, inputs: inputs).map {
        $0 + turn
      }
    default:
      guard name.hasPrefix("gguf:"),
        let format = BlockFormat.all.first(where: { "gguf:" + $0.name == name })
      else { return nil }
      return format.bitsPerWeight
    }
  }
}
