/// Returns the shortest text that reads back as the same number.
func text(_ value: Double) -> String {
  value.description
}

/// Returns a number for people: so many significant digits, without trailing zeros or exponent.
///
/// Numbers that would need an exponent, and those that are not finite, come in full.
func text(_ value: Double, digits: Int) -> String {
  let magnitude = value.magnitude
  guard magnitude >= 1e-4, magnitude < 1e6 else { return value == 0 ? "0" : value.description }
  var power = 1.0  // 10 to the number of decimals
  var decimals = 0
  var firstDigitBelow = 1.0
  while firstDigitBelow * 10 <= magnitude { firstDigitBelow *= 10 }
  var wholeDigits = 1
  var reach = firstDigitBelow
  while reach >= 10 {
    reach /= 10
    wholeDigits += 1
  }
  var scaled = magnitude
  while scaled < 1 {  // zeros after the point are not significant
    scaled *= 10
    wholeDigits -= 1
  }
  while decimals < digits - wholeDigits {
    power *= 10
    decimals += 1
  }
  let units = Int64((magnitude * power).rounded(.toNearestOrEven))
  let whole = units / Int64(power)
  var fraction = units % Int64(power)
  var places: [Character] = []
  for _ in 0..<decimals {
    places.append(Character(UnicodeScalar(UInt8(48 + fraction % 10))))
    fraction /= 10
  }
  while places.first == "0" { places.removeFirst() }
  let sign = value < 0 ? "-" : ""
  return places.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(places.reversed()))"
}
