/// The sum of a term over all values, in double precision.
///
/// Eight running sums instead of one: they do not wait for each other, and the compiler may keep
/// them in vector registers, which it may not do with a single sum because that would change the
/// order of the additions. The order is fixed here, so the result is the same on every machine.
@inline(__always) func doubleSum(
  _ values: UnsafeBufferPointer<Float>, _ term: (Double) -> Double
) -> Double {
  var (sum0, sum1, sum2, sum3) = (0.0, 0.0, 0.0, 0.0)
  var (sum4, sum5, sum6, sum7) = (0.0, 0.0, 0.0, 0.0)
  guard let start = values.baseAddress else { return 0 }
  let whole = values.count & ~7
  var index = 0
  while index < whole {
    let eight = start + index
    sum0 += term(Double(eight[0]))
    sum1 += term(Double(eight[1]))
    sum2 += term(Double(eight[2]))
    sum3 += term(Double(eight[3]))
    sum4 += term(Double(eight[4]))
    sum5 += term(Double(eight[5]))
    sum6 += term(Double(eight[6]))
    sum7 += term(Double(eight[7]))
    index &+= 8
  }
  var sum = ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7))
  while index < values.count {
    sum += term(Double(start[index]))
    index &+= 1
  }
  return sum
}

/// The sum of a term over pairs of values in the same place, in double precision.
@inline(__always) func doubleSum(
  _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>,
  _ term: (Double, Double) -> Double
) -> Double {
  var (sum0, sum1, sum2, sum3) = (0.0, 0.0, 0.0, 0.0)
  guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
  let whole = left.count & ~3
  var index = 0
  while index < whole {
    sum0 += term(Double(first[index]), Double(second[index]))
    sum1 += term(Double(first[index &+ 1]), Double(second[index &+ 1]))
    sum2 += term(Double(first[index &+ 2]), Double(second[index &+ 2]))
    sum3 += term(Double(first[index &+ 3]), Double(second[index &+ 3]))
    index &+= 4
  }
  var sum = (sum0 + sum1) + (sum2 + sum3)
  while index < left.count {
    sum += term(Double(first[index]), Double(second[index]))
    index &+= 1
  }
  return sum
}
