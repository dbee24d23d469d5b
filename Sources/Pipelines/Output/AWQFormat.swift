internal import Quantization
internal import Tensors

/// AWQ's checkpoint format, version `gemm`: codes of four bits, zero points as they are, groups of neighbours.
struct AWQFormat: OutputFormat {
  let name = "awq"

  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer {
    let (layer, packed) = try packed(plan, result)
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

  private func packed(
    _ plan: LayerPlan, _ result: LayerResult
  ) throws(PipelineError) -> (AffineLayer, AWQTensors) {
    do throws(AffineLayerError) {
      let layer = try AffineLayer(result)
      return (layer, try AWQTensors(layer))
    } catch {
      throw .cannotStore(plan.name, name, error)
    }
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
          ("modules_to_not_convert", kept.isEmpty ? .null : .list(kept.map(JSONText.text))),
        ])
      ),
    ]
  }
}
