/// Which columns are taken together, and which of them share a grid.
struct GroupPlan {
  /// Consecutive positions of one block with the same grid.
  struct Run {
    let positions: Range<Int>
    let group: Int
    /// Whether the grid is made when this run begins.
    let makesGrid: Bool
  }

  let groupSize: Int
  let groupCount: Int
  /// The group of the column at each position.
  let groups: [Int]
  /// The runs of each block.
  let blocks: [[Run]]
  /// Whether grids are made from the block's own copy, or from the weights outside.
  let readsBlock: Bool

  /// A plan.
  ///
  /// With fresh grids a block never begins inside a group larger than itself, nor ends inside a
  /// smaller one, so that the weights a grid is made from have seen every error before them.
  ///
  /// - Parameters:
  ///   - permutation: The column at each position.
  ///   - groupSize: How many share a grid; divides the number of columns.
  ///   - blockSize: At most how many columns a block has.
  ///   - timing: When grids are made.
  init(permutation: [Int], groupSize: Int, blockSize: Int, timing: GridTiming) {
    let columns = permutation.count
    self.groupSize = groupSize
    groupCount = columns / groupSize
    readsBlock = timing == .fresh && groupSize <= blockSize
    let groups = (0..<columns).map { (timing == .fixed ? permutation[$0] : $0) / groupSize }
    self.groups = groups
    var blocks: [[Run]] = []
    var start = 0
    while start < columns {
      var end = min(start + blockSize, columns)
      if timing == .fresh {
        end =
          groupSize > blockSize
          ? min(end, (start / groupSize + 1) * groupSize) : end / groupSize * groupSize
      }
      var runs: [Run] = []
      var first = start
      for position in start..<end
      where position + 1 == end || groups[position + 1] != groups[first] {
        runs.append(
          Run(
            positions: first..<position + 1, group: groups[first],
            makesGrid: timing != .fixed && first % groupSize == 0))
        first = position + 1
      }
      blocks.append(runs)
      start = end
    }
    self.blocks = blocks
  }
}
