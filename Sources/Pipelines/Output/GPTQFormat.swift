internal import Quantization
internal import Tensors

/// GPTQ's checkpoint format, which transformers, vLLM and others read.
///
/// Symmetric layers are written in its first version, which every reader knows. The first version cannot store
/// a zero point of 0, so a recipe with asymmetric grids is written in the second.
struct GPTQFormat: OutputFormat {
  let version: GPTQTensors.Version
  /// What names this program to readers: `nibble:0.1.0`.
  let writer: String

  let name = "gptq"

  func remarks(_ plans: [LayerPlan]) -> [String] {
    var remarks: [String] = []
    let grids = plans.grids
    let unlike = plans.unlike(cutShort: true)
    let places = ModuleNames.places(plans.filter { $0.rule != nil }.map(\.name), kept: plans.kept)
    if unlike != nil || places == nil {
      let reason =
        unlike.map { $0.map { "\($0.layer) has \($0.grid.words)" }.joined(separator: ", ") }
        ?? "\(plans.kept[0]) is kept, and its like in another block is not"
      remarks.append(
        "transformers does not open this: it takes GPTQ folders whose blocks are all alike and have one grid, "
          + "and \(reason); GPTQModel.load does, and transformers opens --format compressed-tensors"
      )
    }
    var reasons: [String] = []
    if let (grid, layer) = grids.first(where: { !Self.isReadByVLLM($0.grid) }) {
      reasons.append(
        "it takes symmetric codes of 4 and 8 bits, and \(layer) has \(grid.words)")
    }
    if let (_, layer) = grids.first(where: { $0.grid.followsOrder }) {
      reasons.append("\(layer)'s groups follow act-order, for which --static-groups is the way out")
    }
    if let difference = FusedNames.difference(plans) { reasons.append(difference) }
    if !reasons.isEmpty {
      remarks.append("vLLM does not open this: " + reasons.joined(separator: "; "))
    }
    return remarks
  }

  private static func isReadByVLLM(_ grid: AskedGrid) -> Bool {
    grid.isSymmetric && [4, 8].contains(grid.bits)
  }

  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer {
    let (layer, packed) = try packed(plan, result) { (layer) throws(AffineLayerError) in
      try GPTQTensors(layer, version: version)
    }
    let words = plan.outputs * layer.bits / 32
    var tensors = [
      StoredTensor(
        plan.name + ".qweight", shape: [plan.inputs * layer.bits / 32, plan.outputs], packed.qweight
      ),
      StoredTensor(plan.name + ".qzeros", shape: [layer.groupCount, words], packed.qzeros),
      StoredTensor(
        plan.name + ".scales", shape: [layer.groupCount, plan.outputs], packed.scales, as: .float16),
      StoredTensor(plan.name + ".g_idx", shape: [plan.inputs], packed.groupIndex),
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
    let base = UsualGrid(records)
    var members: [(key: String, json: JSONText)] = [
      ("quant_method", .text("gptq")), ("checkpoint_format", .text(version.rawValue)),
      ("bits", .whole(base.bits)), ("group_size", .whole(base.groupSize)),
      ("sym", .flag(version == .first)),
      ("desc_act", .flag(records.contains { $0.grid?.groupsAreRuns == false })),
      ("static_groups", .flag(recipe.rule.options.staticGroups ?? false)),
      ("damp_percent", .number(recipe.rule.options.damping ?? 0.01)),
      ("true_sequential", .flag(recipe.order == .trueSequential)), ("lm_head", .flag(false)),
      ("pack_dtype", .text("int32")),
    ]
    // Readers take these as regular expressions; a dot in a name stands for itself.
    func expression(_ name: String) -> String {
      "^" + name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.")
        + "$"
    }
    var exceptions: [String: JSONText] = [:]
    for record in records where !base.covers(record) {
      guard let grid = record.grid else { continue }
      exceptions[ModuleNames.module(record.name)] = .object([
        ("bits", .whole(grid.bits)),
        ("group_size", .whole(grid.groupSize == record.inputs ? -1 : grid.groupSize)),
      ])
    }
    let others = FusedNames.adding(to: exceptions).map {
      (key: "+:" + expression($0.name), json: $0.value)
    }
    let nothing = JSONText.object([])
    let left = FusedNames.adding(to: Dictionary(uniqueKeysWithValues: kept.map { ($0, nothing) }))
      .map { (key: "-:" + expression($0.name), json: $0.value) }
    if !others.isEmpty || !left.isEmpty { members.append(("dynamic", .object(others + left))) }
    // transformers looks at this and at no exception; it cannot be said where blocks differ.
    if !kept.isEmpty, let places = ModuleNames.places(records.map(\.name), kept: kept) {
      members.append(
        ("modules_in_block_to_quantize", .list(places.map { .list([.text($0)]) })))
    }
    members.append(("meta", .object([("quantizer", .list([.text(writer)]))])))
    return [("torch_dtype", .text("float16")), ("quantization_config", .object(members))]
  }
}

/// The grid that most layers have: what a configuration says once, before it names exceptions.
struct UsualGrid {
  let bits: Int
  /// The inputs that share a scale; −1 for the whole row.
  let groupSize: Int

  /// The most frequent; of equals the first.
  init(_ records: [LayerRecord]) {
    var counts: [[Int]: Int] = [:]
    var order: [[Int]] = []
    for record in records {
      guard let grid = record.grid else { continue }
      let key = [grid.bits, grid.groupSize == record.inputs ? -1 : grid.groupSize]
      if counts[key] == nil { order.append(key) }
      counts[key, default: 0] += 1
    }
    // A whole row that is shorter than a group is a group cut short, so groups go before rows.
    let best = order.max {
      ($0[1] > 0 ? 1 : 0, counts[$0] ?? 0, -(order.firstIndex(of: $0) ?? 0))
        < ($1[1] > 0 ? 1 : 0, counts[$1] ?? 0, -(order.firstIndex(of: $1) ?? 0))
    }
    bits = best?[0] ?? 4
    groupSize = best?[1] ?? -1
  }

  /// Whether a reader who knows only this grid reads a layer rightly.
  func covers(_ record: LayerRecord) -> Bool {
    guard let grid = record.grid, grid.bits == bits else { return false }
    if groupSize == -1 { return grid.groupSize == record.inputs }
    return grid.groupSize == groupSize
      || grid.groupSize == record.inputs && record.inputs < groupSize
  }
}
