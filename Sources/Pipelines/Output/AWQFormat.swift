internal import Quantization
internal import Tensors

/// AWQ's checkpoint format, version `gemm`: codes of four bits, zero points as they are, groups of neighbours.
struct AWQFormat: OutputFormat {
  /// Layers of the model that are linear and stand outside the blocks: the head, projections.
  let outside: [String]

  let name = "awq"

  func check(_ plans: [LayerPlan]) throws(PipelineError) {
    if let two = plans.unlike(cutShort: false) {
      throw .mixture(
        format: name,
        reason:
          "its configuration has one group size for every layer, and \(two[0].layer) has "
          + "\(two[0].grid.words), \(two[1].layer) \(two[1].grid.words)",
        remedy:
          "give all one --group-size that is no longer than any row, keep the others, or take "
          + "--format compressed-tensors")
    }
  }

  func remarks(_ plans: [LayerPlan]) -> [String] {
    guard let reason = FusedNames.keptInPart(plans) else { return [] }
    return ["vLLM does not open this: \(reason); transformers does"]
  }

  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer {
    let (layer, packed) = try packed(plan, result) { (layer) throws(AffineLayerError) in
      try AWQTensors(layer)
    }
    let words = plan.outputs / 8
    var tensors = [
      StoredTensor(plan.name + ".qweight", shape: [plan.inputs, words], packed.qweight),
      StoredTensor(plan.name + ".qzeros", shape: [layer.groupCount, words], packed.qzeros),
      StoredTensor(
        plan.name + ".scales", shape: [layer.groupCount, plan.outputs], packed.scales, as: .float16),
    ]
    let bits = storedBits(tensors, weights: plan.weights)
    if result.biasCorrection != nil, let bias {
      tensors.append(StoredTensor(plan.name + ".bias", shape: [bias.count], bias, as: .float32))
    }
    return StoredLayer(
      plan: plan, tensors: tensors, weight: layer.weight, bias: bias, bitsPerWeight: bits,
      grid: StoredGrid(layer))
  }

  func configuration(
    _ records: [LayerRecord], kept: [String], _ recipe: QuantizationRecipe
  ) -> [(key: String, json: JSONText)] {
    [
      ("torch_dtype", .text("float16")),
      (
        "quantization_config",
        .object([
          ("quant_method", .text("awq")), ("version", .text("gemm")),
          ("bits", .whole(AWQTensors.bits)), ("group_size", .whole(UsualGrid(records).groupSize)),
          ("zero_point", .flag(true)),
          // Without a list vLLM looks for itself, by the tensors' types, and transformers keeps the head alone.
          (
            "modules_to_not_convert",
            kept.isEmpty && outside.count == 1 ? .null : .list((outside + kept).map(JSONText.text))
          ),
        ])
      ),
    ]
  }
}
