internal import Grids

/// Sixteen levels from −1 to 1 as bitsandbytes defines them, down to its own float32 arithmetic.
///
/// Differs from `Codebook` in three things that decide single codes: the levels are the published
/// 32-bit constants, the boundaries are midpoints rounded to Float, and a level may be listed twice
/// (FP4 has 0 and −0, and the smallest positive values are stored as −0).
public struct BlockCodebook: Hashable, Sendable {
  /// What it is called: `nf4`, `fp4`.
  public let name: String
  /// The value of each of the 16 codes.
  public let table: [Float]
  /// The codes in ascending order of their values.
  public let order: [UInt8]
  /// The 15 boundaries, ascending; a value equal to one belongs to the level below it.
  public let thresholds: [Float]

  /// A codebook from the value of each code.
  init(name: String, table: [Float]) {
    precondition(table.count == 16, "a block codebook has 16 codes")
    self.name = name
    self.table = table
    let sorted = table.indices.sorted { (table[$0], $0) < (table[$1], $1) }
    order = sorted.map { UInt8($0) }
    thresholds = zip(sorted, sorted.dropFirst()).map { (table[$0] + table[$1]) / 2 }
  }

  /// NF4: levels at quantiles of a normal distribution, an exact zero, ±1 at the ends.
  ///
  /// Source: Dettmers et al. 2023 (QLoRA), arXiv:2305.14314, appendix E; `Codebook.normalFloat4`
  /// derives the same levels from the quantiles.
  public static let normalFloat4 = BlockCodebook(
    name: "nf4",
    table: [
      -1, -0.696_192_800_998_687_7, -0.525_073_051_452_636_7, -0.394_917_488_098_144_53,
      -0.284_441_381_692_886_35, -0.184_773_430_228_233_34, -0.091_050_036_251_544_95, 0,
      0.079_580_299_556_255_34, 0.160_930_201_411_247_25, 0.246_112_301_945_686_34,
      0.337_915_241_718_292_24, 0.440_709_829_330_444_34, 0.562_617_003_917_694_1,
      0.722_956_836_223_602_3, 1,
    ])

  /// FP4: a sign bit and the magnitudes 0, 1/192, 2/3, 1, 1/3, 1/2, 1/6, 1/4.
  ///
  /// Not the OCP format E2M1, whose steps differ.
  public static let float4BitsAndBytes = BlockCodebook(
    name: "fp4", table: Codebook.float4BitsAndBytes.table)

  /// The code of a value already divided by the largest magnitude of its block.
  ///
  /// - Parameter value: From −1 to 1; beyond the ends it gets the end.
  /// - Returns: A code, 0 to 15.
  public func encode(_ value: Float) -> Int {
    Int(order[thresholds.count { $0 < value }])
  }
}
