internal import Quantization

/// The grid that a recipe asks of one layer: what is known before anything is quantized.
struct AskedGrid: Hashable {
  let bits: Int
  /// The inputs that share a scale; −1 for the whole row.
  let groupSize: Int
  let isSymmetric: Bool
  /// Whether groups are to follow act-order, so that they are no runs of neighbours.
  let followsOrder: Bool

  /// Nil for a layer that is kept.
  init?(_ plan: LayerPlan) {
    guard let rule = plan.rule else { return nil }
    let options = rule.options
    let size = options.groupSize ?? min(128, plan.inputs)
    bits = options.bits ?? (rule.method.name == "smoothquant" ? 8 : 4)
    groupSize = size == 0 || size >= plan.inputs ? -1 : size
    isSymmetric = Self.isSymmetric(rule)
    followsOrder =
      options.actOrder ?? false && !(options.staticGroups ?? false) && groupSize > 0
  }

  /// Whether a rule's grids mirror around zero.
  static func isSymmetric(_ rule: LayerRule) -> Bool {
    rule.options.symmetric ?? (rule.method.name == "zeroquant")
  }

  /// The same in words: `4 bits in groups of 128, symmetric`.
  var words: String {
    "\(bits) bits in " + (groupSize < 0 ? "whole rows" : "groups of \(groupSize)")
      + (isSymmetric ? ", symmetric" : "")
  }
}

extension [LayerPlan] {
  /// The grids asked for, each with the first layer that has it.
  var grids: [(grid: AskedGrid, layer: String)] {
    var grids: [(grid: AskedGrid, layer: String)] = []
    for plan in self {
      guard let grid = AskedGrid(plan), !grids.contains(where: { $0.grid == grid }) else {
        continue
      }
      grids.append((grid, ModuleNames.module(plan.name)))
    }
    return grids
  }

  /// Two layers that one width and one group size do not describe; nil where they describe all.
  ///
  /// - Parameter cutShort: Whether readers take a group that is longer than a row for the row.
  /// - Returns: The usual one and one that is unlike it.
  func unlike(cutShort: Bool) -> [(grid: AskedGrid, layer: String)]? {
    var usual: (grid: AskedGrid, layer: String)?
    // Groups before rows: a row may be what a group is, and a group is not what a row is.
    for plan in self.filter({ AskedGrid($0)?.groupSize ?? -1 > 0 }) + self {
      guard let grid = AskedGrid(plan) else { continue }
      let own = (grid: grid, layer: ModuleNames.module(plan.name))
      guard let usual else {
        usual = own
        continue
      }
      let size = usual.grid.groupSize
      let isAlike =
        grid.groupSize == size
        || grid.groupSize < 0 && (plan.inputs == size || cutShort && plan.inputs < size)
      if grid.bits != usual.grid.bits || !isAlike { return [usual, own] }
    }
    return nil
  }

  /// The layers that are kept, by the names readers have for them.
  var kept: [String] { filter { $0.rule == nil }.map { ModuleNames.module($0.name) } }
}
