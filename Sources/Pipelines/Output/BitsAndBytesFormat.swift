internal import Quantization
internal import Tensors

/// bitsandbytes' checkpoints of four bits, as transformers saves and opens them: NF4 or FP4.
struct BitsAndBytesFormat: OutputFormat {
  /// Layers of the model that are linear and stand outside the blocks: the head, projections.
  let outside: [String]
  /// What every layer's method is: `nf4` or `fp4`.
  let kind: String

  let name = "bitsandbytes"

  func check(_ plans: [LayerPlan]) throws(PipelineError) {
    for plan in plans {
      guard let method = plan.rule?.method.name, method != kind else { continue }
      guard ["nf4", "fp4"].contains(method) else {
        throw .cannotStore(
          layer: ModuleNames.module(plan.name), format: name,
          reason: "its method is \(method), and the format holds what nf4 and fp4 make",
          remedy: "use --method nf4 or fp4, keep the layer, or take another --format")
      }
      throw .mixture(
        format: name,
        reason:
          "its configuration names one type for every layer, here \(kind), and "
          + "\(ModuleNames.module(plan.name)) is to be \(method)",
        remedy: "use one of the two for all that is quantized")
    }
  }

  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer {
    let packed: BitsAndBytesTensors
    do throws(AffineLayerError) {
      packed = try BitsAndBytesTensors(result)
    } catch {
      throw .cannotStore(plan, name, error, isScaled: result.inputScales != nil)
    }
    guard case .plain(let magnitudes) = packed.magnitudes, let kind = packed.kind else {
      throw .cannotStore(
        layer: ModuleNames.module(plan.name), format: name,
        reason: "its levels have no name there; nf4's and fp4's do",
        remedy: "use --method nf4 or fp4")
    }
    let weight = plan.name + ".weight"
    let state = Self.state(plan, kind: kind, blockSize: packed.blockSize)
    var tensors = [
      StoredTensor(weight, shape: [packed.packed.count, 1], type: .uint8, bytes: packed.packed),
      StoredTensor(weight + ".absmax", shape: [magnitudes.count], magnitudes, as: .float32),
      StoredTensor(weight + ".quant_map", shape: [16], packed.table, as: .float32),
      StoredTensor(
        weight + ".quant_state.bitsandbytes__\(kind)", shape: [state.count], type: .uint8,
        bytes: state),
    ]
    let bits = storedBits(tensors, weights: plan.weights)
    if result.biasCorrection != nil, let bias {
      tensors.append(StoredTensor(plan.name + ".bias", shape: [bias.count], bias, as: .float32))
    }
    return StoredLayer(
      plan: plan, tensors: tensors, weight: result.dequantized, bias: bias, bitsPerWeight: bits)
  }

  /// What a layer says of itself.
  static func state(_ plan: LayerPlan, kind: String, blockSize: Int) -> [UInt8] {
    Array(
      """
      {"quant_type": "\(kind)", "blocksize": \(blockSize), "dtype": "float32", \
      "shape": [\(plan.outputs), \(plan.inputs)]}
      """.utf8)
  }

  func configuration(
    _ records: [LayerRecord], kept: [String], _ recipe: QuantizationRecipe
  ) -> [(key: String, json: JSONText)] {
    [
      (
        "quantization_config",
        .object([
          ("quant_method", .text("bitsandbytes")), ("load_in_4bit", .flag(true)),
          ("load_in_8bit", .flag(false)), ("bnb_4bit_quant_type", .text(kind)),
          ("bnb_4bit_use_double_quant", .flag(false)),
          ("bnb_4bit_compute_dtype", .text("float32")),
          ("bnb_4bit_quant_storage", .text("uint8")),
          ("llm_int8_skip_modules", .list((outside + kept).map(JSONText.text))),
          ("llm_int8_threshold", .number(6)),
        ])
      )
    ]
  }
}
