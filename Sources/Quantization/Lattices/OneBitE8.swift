/// 256 points of E8 of least norm: eight bits for eight weights.
///
/// The origin, the 240 shortest vectors (112 with two entries ±1, 128 with entries ±½ and an even
/// number of minus signs) and 15 of the next shell: twice a unit vector, either sign, but for minus the
/// last. It refines a first codebook; the choice of 15 is this project's own.
public enum OneBitE8 {
  /// The points, in the order of their codes.
  public static let points: [SIMD8<Float>] = makePoints()

  /// The code whose point is nearest to a vector, ties by the order of the search.
  ///
  /// - Parameter vector: Eight finite numbers.
  /// - Returns: A number below 256; ``nearestByBruteForce(to:)`` judges it.
  public static func nearest(to vector: SIMD8<Float>) -> Int {
    var magnitude = SIMD8<Float>()
    var signs = 0
    for place in 0..<8 {
      magnitude[place] = abs(vector[place])
      if vector[place] < 0 { signs |= 1 << place }
    }
    var (first, second, smallest) = (0, -1, 0)
    for place in 1..<8 {
      if magnitude[place] > magnitude[first] {
        second = first
        first = place
      } else if second < 0 || magnitude[place] > magnitude[second] {
        second = place
      }
      if magnitude[place] < magnitude[smallest] { smallest = place }
    }

    // v · point − |point|²/2 of the best point of each kind.
    var (best, code): (Float, Int) = (0, 0)
    let pair = magnitude[first] + magnitude[second] - 1
    if pair > best {
      let (low, high) = (min(first, second), max(first, second))
      let number = low * (15 - low) / 2 + high - low - 1
      best = pair
      code = 1 + 4 * number + 2 * (signs >> high & 1) + (signs >> low & 1)
    }
    let isOdd = signs.nonzeroBitCount % 2 == 1
    let halves = 0.5 * magnitude.sum() - 1 - (isOdd ? magnitude[smallest] : 0)
    if halves > best {
      let even = isOdd ? signs ^ 1 << smallest : signs
      best = halves
      code = 113 + (even & 127)
    }
    let single = 2 * magnitude[first] - 2
    if single > best {
      let number = 2 * first + (signs >> first & 1)
      if number < 15 { return 241 + number }
      // Minus twice the last unit vector is left out; the next best of its kind may still win.
      let next = 2 * magnitude[second] - 2
      if next > best { return 241 + 2 * second + (signs >> second & 1) }
    }
    return code
  }

  /// The nearest code by trying all 256; it judges ``nearest(to:)``.
  ///
  /// - Parameter vector: Eight finite numbers.
  /// - Returns: The first of the nearest codes.
  public static func nearestByBruteForce(to vector: SIMD8<Float>) -> Int {
    var best = 0
    var least = Float.infinity
    for (code, point) in points.enumerated() {
      let left = vector - point
      let distance = (left * left).sum()
      if distance < least { (best, least) = (code, distance) }
    }
    return best
  }

  private static func makePoints() -> [SIMD8<Float>] {
    var points = [SIMD8<Float>.zero]
    for low in 0..<7 {
      for high in low + 1..<8 {
        for signs in 0..<4 {
          var point = SIMD8<Float>.zero
          point[low] = signs & 1 == 0 ? 1 : -1
          point[high] = signs & 2 == 0 ? 1 : -1
          points.append(point)
        }
      }
    }
    for signs in 0..<128 {  // the last sign makes the number of minus signs even
      var point = SIMD8<Float>(repeating: 0.5)
      for place in 0..<7 where signs >> place & 1 == 1 { point[place] = -0.5 }
      if signs.nonzeroBitCount % 2 == 1 { point[7] = -0.5 }
      points.append(point)
    }
    for number in 0..<15 {
      var point = SIMD8<Float>.zero
      point[number / 2] = number % 2 == 0 ? 2 : -2
      points.append(point)
    }
    return points
  }
}
