public import Quantization

extension QuantizationRecipe {
  /// The recipe with the bits of an allocation: an exception for each layer, before those it had.
  ///
  /// - Parameters:
  ///   - allocation: Widths that were chosen.
  ///   - budget: The question they answer, which has the layers' names.
  /// - Returns: A recipe that says everything by itself.
  public func applying(_ allocation: BitAllocation, of budget: BitBudget) -> QuantizationRecipe {
    var recipe = self
    recipe.exceptions =
      zip(budget.profiles, allocation.bits).compactMap { (profile, bits) -> Exception? in
        guard var rule = rule(for: profile.name) else { return nil }
        rule.options.bits = bits
        return Exception(NamePattern(profile.name), rule)
      } + exceptions
    return recipe
  }
}

extension BitBudget {
  /// The best allocation of so many bits a weight: exact where that can be had, else by prices.
  ///
  /// - Parameter bitsPerWeight: Scales and zero points counted.
  /// - Returns: Widths for every layer.
  /// - Throws: `PipelineError.request` where not even the narrowest widths fit.
  public func allocation(
    forBitsPerWeight bitsPerWeight: Double
  ) throws(PipelineError) -> BitAllocation {
    let bytes = bytes(forBitsPerWeight: bitsPerWeight)
    do {
      return try exact(within: bytes)
    } catch {
      guard case .tooManySums = error else { throw .request("\(error)") }
    }
    do {
      return try lagrangian(within: bytes)
    } catch {
      throw .request("\(error)")
    }
  }
}
