internal import Quantization
internal import Tensors

/// compressed-tensors' format `pack-quantized`, which transformers and vLLM read: true zero points, explicit
/// shapes, and any mixture of widths.
struct CompressedTensorsFormat: OutputFormat {
  /// Layers of the model that are linear and stand outside the blocks: the head, projections.
  let outside: [String]

  let name = "compressed-tensors"

  func check(_ plans: [LayerPlan]) throws(PipelineError) {
    guard let (_, layer) = plans.grids.first(where: { $0.grid.followsOrder }) else { return }
    throw .cannotStore(
      layer: layer, format: name,
      reason:
        "its groups are to follow act-order, which neither compressed-tensors 0.20 nor vLLM 0.32 "
        + "reads any more: they take groups of neighbours",
      remedy: "add --static-groups, or take --format gptq, which transformers reads")
  }

  func remarks(_ plans: [LayerPlan]) -> [String] {
    var remarks: [String] = []
    if plans.grids.contains(where: { !$0.grid.isSymmetric }) {
      remarks.append(
        "transformers with compressed-tensors 0.20 opens layers with zero points only if told "
          + "quantization_config=CompressedTensorsConfig(dequantize=True)")
    }
    if let reason = FusedNames.difference(plans) {
      remarks.append("vLLM does not open this: \(reason); transformers does")
    }
    return remarks
  }

  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer {
    let (layer, packed) = try packed(plan, result) { (layer) throws(AffineLayerError) in
      try PackQuantizedTensors(layer, isSymmetric: layer.isSymmetric)
    }
    let across = PackQuantizedTensors.words(plan.inputs, bits: layer.bits).stream
    var tensors = [
      StoredTensor(
        plan.name + ".weight_packed",
        shape: [plan.outputs, across], packed.packed),
      StoredTensor(
        plan.name + ".weight_scale", shape: [plan.outputs, layer.groupCount], packed.scales,
        as: .float16),
      StoredTensor(
        plan.name + ".weight_shape", shape: [2], [Int64(plan.outputs), Int64(plan.inputs)]),
    ]
    if let zeros = packed.zeroPoints {
      tensors.append(
        StoredTensor(
          plan.name + ".weight_zero_point",
          shape: [zeros.count / layer.groupCount, layer.groupCount], zeros))
    }
    if let index = packed.groupIndex {
      tensors.append(StoredTensor(plan.name + ".weight_g_idx", shape: [plan.inputs], index))
    }
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
    var groups: [(grid: StoredGrid, isRow: Bool, names: [String])] = []
    for record in records {
      guard let grid = record.grid else { continue }
      let isRow = grid.groupSize == record.inputs
      let place = groups.firstIndex {
        $0.isRow == isRow && $0.grid.bits == grid.bits && $0.grid.isSymmetric == grid.isSymmetric
          && (isRow || $0.grid.groupSize == grid.groupSize)
          && $0.grid.groupsAreRuns == grid.groupsAreRuns
      }
      if let place {
        groups[place].names.append(ModuleNames.module(record.name))
      } else {
        groups.append((grid, isRow, [ModuleNames.module(record.name)]))
      }
    }
    let members = groups.enumerated().map { index, group in
      let targets = groups.count == 1 ? ["Linear"] : group.names
      return (
        key: "group_\(index)",
        json: JSONText.object([
          ("targets", .list(targets.map(JSONText.text))),
          ("weights", Self.weights(group.grid, isRow: group.isRow)), ("input_activations", .null),
          ("output_activations", .null), ("format", .text("pack-quantized")),
        ])
      )
    }
    return [
      ("torch_dtype", .text("float16")),
      (
        "quantization_config",
        .object([
          ("quant_method", .text("compressed-tensors")), ("format", .text("pack-quantized")),
          ("quantization_status", .text("compressed")), ("config_groups", .object(members)),
          ("ignore", .list((outside + kept).map(JSONText.text))), ("kv_cache_scheme", .null),
        ])
      ),
    ]
  }

  private static func weights(_ grid: StoredGrid, isRow: Bool) -> JSONText {
    .object([
      ("num_bits", .whole(grid.bits)), ("type", .text("int")),
      ("symmetric", .flag(grid.isSymmetric)),
      ("strategy", .text(isRow ? "channel" : "group")),
      ("group_size", isRow ? .null : .whole(grid.groupSize)),
      ("actorder", grid.groupsAreRuns ? .null : .text("group")), ("dynamic", .flag(false)),
      ("observer", .text("minmax")),
    ])
  }
}
