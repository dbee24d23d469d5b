/// When a group's grid is made, in a method that changes weights while it goes.
public enum GridTiming: String, CaseIterable, Hashable, Sendable {
  /// When its first column's turn comes, on the weights as they then are.
  case fresh
  /// Before anything is quantized, on the original weights; groups are runs of neighbours in the
  /// layer's own order, whatever the order in which columns are taken.
  case fixed
  /// When its first column's turn comes, but on weights not yet updated inside the block.
  ///
  /// What the reference implementation of GPTQ does: it reads the weight matrix while errors inside
  /// the block go to a copy. With groups smaller than a block the result then depends on the block
  /// size. For comparisons; ``fresh`` is what the method means.
  case stale
}
