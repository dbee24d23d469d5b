/// The fast Walsh–Hadamard transform of runs: Sylvester's matrix times numbers, in place.
///
/// The numbers are `count / run` runs; sums and differences are taken of whole runs, n log n
/// additions in all.
///
/// - Parameters:
///   - values: The numbers.
///   - count: How many; `run` times a power of two.
///   - run: How many neighbours stay together: 1, or the order of a core.
@inline(__always) func walshHadamardTransform<Scalar: BinaryFloatingPoint>(
  _ values: UnsafeMutablePointer<Scalar>, count: Int, run: Int
) {
  var half = run
  if run == 1, count >= 8 {
    // Three doublings at once: eight numbers stay in registers.
    var start = 0
    while start < count {
      let piece = values + start
      let (a, b) = (piece[0] + piece[1], piece[0] - piece[1])
      let (c, d) = (piece[2] + piece[3], piece[2] - piece[3])
      let (e, f) = (piece[4] + piece[5], piece[4] - piece[5])
      let (g, h) = (piece[6] + piece[7], piece[6] - piece[7])
      let (ac, bd, ca, db) = (a + c, b + d, a - c, b - d)
      let (eg, fh, ge, hf) = (e + g, f + h, e - g, f - h)
      piece[0] = ac + eg
      piece[1] = bd + fh
      piece[2] = ca + ge
      piece[3] = db + hf
      piece[4] = ac - eg
      piece[5] = bd - fh
      piece[6] = ca - ge
      piece[7] = db - hf
      start &+= 8
    }
    half = 8
  }
  while half < count {
    var start = 0
    while start < count {
      let lower = values + start
      let upper = lower + half
      for index in 0..<half {
        let (first, second) = (lower[index], upper[index])
        lower[index] = first + second
        upper[index] = first - second
      }
      start &+= 2 &* half
    }
    half &*= 2
  }
}
