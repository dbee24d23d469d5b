/// E8, the densest lattice packing in eight dimensions.
///
/// Its points have eight whole coordinates, or eight halves of odd numbers, with an even sum in both
/// cases: D8 and D8 shifted by ½. No other known lattice quantizes eight dimensions as well: 0.0717 a
/// dimension for cells of volume 1, where rounding each coordinate alone costs 1/12 = 0.0833. As a
/// covering it is not the best: a point can be a whole unit away. Source: Conway and Sloane,
/// Sphere Packings, Lattices and Groups, chapters 4, 20 and 21.
enum E8Lattice {
  /// The lattice point nearest to a vector, ties by the order of the search.
  ///
  /// - Parameter vector: Eight finite numbers, each below 2²² in magnitude.
  /// - Returns: A point of E8.
  ///
  /// Source: Conway and Sloane 1982, Fast quantizing and decoding algorithms.
  static func nearestPoint(to vector: SIMD8<Float>) -> SIMD8<Float> {
    let whole = nearestEvenPoint(to: vector)
    let half = nearestEvenPoint(to: vector - 0.5) + 0.5
    let (first, second) = (vector - whole, vector - half)
    return (first * first).sum() <= (second * second).sum() ? whole : half
  }

  /// The point of D8 nearest to a vector: whole coordinates with an even sum.
  ///
  /// Each coordinate is rounded; where the sum is odd, the one that was rounded farthest goes the
  /// other way.
  ///
  /// - Parameter vector: Eight finite numbers, each below 2²² in magnitude.
  /// - Returns: A point of D8.
  static func nearestEvenPoint(to vector: SIMD8<Float>) -> SIMD8<Float> {
    var point = vector.rounded(.toNearestOrEven)
    guard Int(point.sum()) % 2 != 0 else { return point }
    let left = vector - point
    var farthest = 0
    for place in 1..<8 where abs(left[place]) > abs(left[farthest]) { farthest = place }
    point[farthest] += left[farthest] >= 0 ? 1 : -1
    return point
  }
}
