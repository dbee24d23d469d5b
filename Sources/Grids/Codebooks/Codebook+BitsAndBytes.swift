extension Codebook {
  /// NF4: sixteen levels from −1 to 1 that follow the quantiles of a normal distribution.
  ///
  /// Eight positive levels are Φ⁻¹ at probabilities spread evenly from 0.9677083 down to, but not
  /// including, ½; seven negative ones mirror the same with one fewer; zero is the sixteenth; all
  /// are divided by the largest. Rebuilt from that recipe the levels agree with the published table
  /// to 1.2 × 10⁻⁷, which is the table's own 32-bit rounding. Weights are divided by the largest
  /// magnitude of their block, 64 by default, before encoding.
  ///
  /// Source: Dettmers et al. 2023 (QLoRA), arXiv:2305.14314, with the offset as bitsandbytes writes
  /// it.
  public static let normalFloat4: Codebook = {
    let offset = 0.967_708_3
    let largest = normalQuantile(offset)
    let negative = (0..<7).map { step in
      -normalQuantile(offset + (0.5 - offset) * Double(step) / 7) / largest
    }
    let positive = (0..<8).reversed().map { step in
      normalQuantile(offset + (0.5 - offset) * Double(step) / 8) / largest
    }
    return Codebook(levels: (negative + [0] + positive).map { Float($0) })
  }()

  /// The four-bit float of bitsandbytes: ± {0, 1/192, 1/6, 1/4, 1/3, 1/2, 2/3, 1}.
  ///
  /// Not the OCP format ``FloatFormat/e2m1``. The codes are bit patterns, a sign and three bits that
  /// are not in the order of the magnitudes; code 8 is −0, which is decoded but never produced.
  public static let float4BitsAndBytes: Codebook = {
    let twelfths: [Float] = [0, 0.0625, 8, 12, 4, 6, 2, 3]
    let magnitudes = twelfths.map { $0 / 12 }
    return Codebook(levels: magnitudes + magnitudes.map { -$0 })
  }()

  /// The signed 8-bit map that bitsandbytes stores scales and optimizer states in.
  ///
  /// A leading run of zeros picks one of seven powers of ten, and the bits that are left divide that
  /// decade's span evenly: decade i, from 0 to 6, has 2ⁱ levels, the midpoints of 2ⁱ equal parts of
  /// 0.1 to 1, times 10^(i − 6), with both signs. 0 and 1 complete the 256; the most negative level
  /// is −0.993. Down to the last bit bitsandbytes' own, which forms the parts in 32 bits and counts
  /// the edges of each half from its own end.
  ///
  /// Source: Dettmers et al. 2022, arXiv:2110.02861.
  public static let dynamicSigned8: Codebook = {
    let decades: [Float] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
    var positive: [Float] = []
    for (index, decade) in decades.enumerated() {
      let edges = edgesOfDecade(parts: 1 << index)
      for (lower, upper) in zip(edges, edges.dropFirst()) {
        positive.append((lower + upper) / 2 * decade)
      }
    }
    return Codebook(levels: positive.reversed().map { -$0 } + [0] + positive + [1])
  }()

  /// The edges of equal parts of 0.1 to 1, each rounded to 32 bits once.
  private static func edgesOfDecade(parts: Int) -> [Float] {
    let start: Float = 0.1
    let end: Float = 1
    let step = Double((end - start) / Float(parts))
    return (0...parts).map { index in
      // In Double both the product and the sum are exact.
      index < (parts + 1) / 2
        ? Float(Double(start) + step * Double(index))
        : Float(Double(end) - step * Double(parts - index))
    }
  }
}
