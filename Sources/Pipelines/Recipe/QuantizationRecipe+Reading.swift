internal import Quantization
internal import Tensors

extension QuantizationRecipe {
  /// Reads a recipe.
  ///
  /// At the top stand `method`, the method's options, `stages`, `order` and `seed`; `layers` is a list of exceptions, each
  /// with a pattern `match` and either `keep: true` or keys of its own. An exception without a method has
  /// the top's, changed in what it says; one with a method begins anew, but for `bits`, `group-size` and
  /// `symmetric`, which hold for it too where it knows them.
  ///
  /// - Parameters:
  ///   - values: The file's table.
  ///   - path: What to call it in messages.
  /// - Throws: `PipelineError.unknownKey`, `.wrongValue`, or `.recipe` for what cannot be followed: names that there
  ///   are not, options that a method does not use, stages that undo each other. Patterns are held against the
  ///   names of a model's layers where there is one.
  public init(_ values: [String: RecipeValue], path: String) throws(PipelineError) {
    let own = ["method", "stages", "order", "seed", "layers", "imatrix"]
    let reader = RecipeTable(values: values, place: path)
    try reader.requireKeys(own + RecipeOption.all.map(\.key))
    guard let method = try reader.method() else {
      throw .recipe(place: path, reason: "a recipe names a method, as in 'method: gptq'")
    }
    var rule = LayerRule(method, LayerOptions())
    try reader.apply(to: &rule)
    self.init(rule)
    self.path = path
    if let value = values["order"] {
      guard case .text(let name) = value, let order = Order(rawValue: name) else {
        throw reader.wrong("order", value, Order.allCases.map(\.rawValue).joined(separator: ", "))
      }
      self.order = order
    }
    if let value = values["seed"] {
      guard case .whole(let number) = value, number >= 0 else {
        throw reader.wrong("seed", value, "a whole number, 0 or more")
      }
      seed = UInt64(number)
    }
    if let value = values["stages"] {
      guard case .list(let items) = value else {
        throw reader.wrong("stages", value, "a list, such as [rotation] or [smoothquant, awq]")
      }
      for (index, item) in items.enumerated() {
        stages.append(try Self.stage(item, place: "\(path): stages[\(index)]"))
      }
      let stages = stages
      try asRecipe("\(path): stages") { () throws(PipelineError) in try FoldStage.check(stages) }
    }
    guard let value = values["layers"] else { return }
    guard case .list(let items) = value else {
      throw reader.wrong("layers", value, "a list of exceptions, each with a pattern 'match'")
    }
    for (index, item) in items.enumerated() {
      exceptions.append(try Self.exception(item, rule, place: "\(path): layers[\(index)]"))
    }
  }

  /// A stage: its name, or a table with `fold` and what that stage knows.
  private static func stage(
    _ item: RecipeValue, place: String
  ) throws(PipelineError) -> FoldStage {
    if case .text(let name) = item {
      return try asRecipe(place) { () throws(PipelineError) in try FoldStage(named: name) }
    }
    guard case .table(let values) = item, case .text(let name)? = values["fold"] else {
      throw .wrongValue(
        place: place, key: "fold", value: item.words,
        expected: "one of \(FoldStage.names.joined(separator: ", "))")
    }
    let reader = RecipeTable(values: values, place: place)
    try reader.requireKeys(["fold", "alpha", "duo-scaling"])
    var (alpha, duoScaling) = (nil as Double?, false)
    if let value = values["alpha"] {
      guard let number = value.double else {
        throw reader.wrong("alpha", value, "a number from 0 to 1")
      }
      alpha = number
    }
    if let value = values["duo-scaling"] {
      guard case .flag(let flag) = value else {
        throw reader.wrong("duo-scaling", value, "true or false")
      }
      duoScaling = flag
    }
    return try asRecipe(place) { () throws(PipelineError) in
      try FoldStage(named: name, alpha: alpha, duoScaling: duoScaling)
    }
  }

  private static func exception(
    _ item: RecipeValue, _ rule: LayerRule, place: String
  ) throws(PipelineError) -> Exception {
    guard case .table(let values) = item, case .text(let pattern)? = values["match"] else {
      throw .wrongValue(
        place: place, key: "match", value: item.words, expected: "a pattern such as '*.down_proj'")
    }
    let reader = RecipeTable(values: values, place: place)
    try reader.requireKeys(["match", "keep", "method", "imatrix"] + RecipeOption.all.map(\.key))
    if let value = values["keep"] {
      guard value == .flag(true), values.count == 2 else {
        throw reader.wrong("keep", value, "true, with nothing but 'match' beside it")
      }
      return Exception(NamePattern(pattern), nil)
    }
    var own = rule
    if let method = try reader.method() {
      var options = LayerOptions()
      if method.options.contains(.bits) { options.bits = rule.options.bits }
      if method.options.contains(.groupSize) { options.groupSize = rule.options.groupSize }
      if method.options.contains(.symmetry) { options.symmetric = rule.options.symmetric }
      own = LayerRule(method, options)
    }
    try reader.apply(to: &own)
    return Exception(NamePattern(pattern), own)
  }
}

/// Runs a body that takes what a place of a recipe says: what it refuses is the recipe's.
private func asRecipe<Result>(
  _ place: String, _ body: () throws(PipelineError) -> Result
) throws(PipelineError) -> Result {
  do {
    return try body()
  } catch {
    throw .recipe(place: place, reason: "\(error)")
  }
}

/// The same for a body that asks the table of methods.
private func asMethod<Result>(
  _ place: String, _ body: () throws(QuantizationError) -> Result
) throws(PipelineError) -> Result {
  do {
    return try body()
  } catch {
    throw .recipe(place: place, reason: "\(error)")
  }
}

/// A table of a recipe, read key by key.
private struct RecipeTable {
  let values: [String: RecipeValue]
  let place: String

  func wrong(_ key: String, _ value: RecipeValue, _ expected: String) -> PipelineError {
    .wrongValue(place: place, key: key, value: value.words, expected: expected)
  }

  /// Refuses keys that mean nothing, the first by name.
  func requireKeys(_ known: [String]) throws(PipelineError) {
    for key in values.keys.sorted() where !known.contains(key) {
      throw .unknownKey(
        place: place, key: key, nearest: nearestNames(to: key, among: known), known: known)
    }
  }

  func method() throws(PipelineError) -> LayerMethod? {
    guard let value = values["method"] else { return nil }
    guard case .text(let name) = value else { throw wrong("method", value, "a method's name") }
    return try asMethod(place) { () throws(QuantizationError) in try LayerMethod(named: name) }
  }

  /// Takes the options that are there, in the table's order: a range comes before its parameter.
  func apply(to rule: inout LayerRule) throws(PipelineError) {
    for option in RecipeOption.all {
      guard let value = values[option.key] else { continue }
      guard option.set(value, &rule.options) else {
        throw wrong(option.key, value, option.expected)
      }
    }
    if let value = values["imatrix"] {
      guard value == .text("activations"), rule.method.options.contains(.importance) else {
        throw wrong(
          "imatrix", value, "'activations', for a method that takes an importance matrix")
      }
      rule.weighsByInputs = true
    }
    let rule = rule
    try asMethod(place) { () throws(QuantizationError) in try rule.check() }
  }
}
