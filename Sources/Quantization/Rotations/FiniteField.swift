/// The field of q = pᵏ elements: just enough arithmetic to know which elements are squares.
///
/// An element is a number below q whose digits to base p are the coefficients of a polynomial, taken
/// modulo the first irreducible one of degree k. For k = 1 this is arithmetic modulo p.
struct FiniteField {
  /// p, a prime.
  let characteristic: Int
  /// k.
  let degree: Int
  /// q = pᵏ.
  let order: Int
  /// The coefficients of the irreducible polynomial below its leading 1, lowest first.
  private let modulus: [Int]

  /// The field with this many elements; nil where the order is no power of a prime.
  init?(order: Int) {
    guard let (prime, power) = Self.primePower(order) else { return nil }
    characteristic = prime
    degree = power
    self.order = order
    modulus = Self.irreducible(prime: prime, degree: power)
  }

  /// p and k where the number is pᵏ with p prime and k at least 1.
  static func primePower(_ number: Int) -> (prime: Int, power: Int)? {
    guard number > 1 else { return nil }
    var prime = 2
    while number % prime != 0 {
      prime += 1
      if prime * prime > number { prime = number }
    }
    var rest = number
    var power = 0
    while rest % prime == 0 {
      rest /= prime
      power += 1
    }
    return rest == 1 ? (prime, power) : nil
  }

  /// The difference of two elements.
  func difference(_ left: Int, _ right: Int) -> Int {
    if degree == 1 { return left >= right ? left - right : left - right + characteristic }
    return Self.number(
      zip(digits(left), digits(right)).map {
        ($0 - $1 + characteristic) % characteristic
      }, characteristic)
  }

  /// The product of an element with itself.
  func square(_ element: Int) -> Int {
    if degree == 1 { return element * element % characteristic }
    let digits = digits(element)
    var product = [Int](repeating: 0, count: 2 * degree - 1)
    for (left, first) in digits.enumerated() {
      for (right, second) in digits.enumerated() {
        product[left + right] = (product[left + right] + first * second) % characteristic
      }
    }
    // xᵏ is minus the lower part of the modulus.
    for place in stride(from: 2 * degree - 2, through: degree, by: -1) {
      let factor = product[place]
      for (offset, coefficient) in modulus.enumerated() {
        let index = place - degree + offset
        product[index] =
          (product[index] + (characteristic - coefficient) * factor) % characteristic
      }
    }
    return Self.number(Array(product[0..<degree]), characteristic)
  }

  /// χ: 0 for zero, 1 for a square, −1 for everything else; indexed by the element.
  func quadraticCharacter() -> [Int8] {
    var character = [Int8](repeating: -1, count: order)
    for element in 1..<order { character[square(element)] = 1 }
    character[0] = 0
    return character
  }

  private func digits(_ element: Int) -> [Int] {
    Self.digits(element, characteristic, count: degree)
  }

  private static func digits(_ number: Int, _ base: Int, count: Int) -> [Int] {
    var rest = number
    return (0..<count).map { _ in
      defer { rest /= base }
      return rest % base
    }
  }

  private static func number(_ digits: [Int], _ base: Int) -> Int {
    digits.reversed().reduce(0) { $0 * base + $1 }
  }

  /// The first monic polynomial of a degree that no monic polynomial of half its degree divides.
  private static func irreducible(prime: Int, degree: Int) -> [Int] {
    if degree == 1 { return [0] }
    var candidate = 0
    while true {
      let lower = digits(candidate, prime, count: degree)
      if !hasDivisor(lower + [1], prime: prime) { return lower }
      candidate += 1  // one in about `degree` candidates is irreducible
    }
  }

  private static func hasDivisor(_ polynomial: [Int], prime: Int) -> Bool {
    let degree = polynomial.count - 1
    var count = 1
    for divisorDegree in 1...degree / 2 {
      count *= prime
      for number in 0..<count {
        let divisor = digits(number, prime, count: divisorDegree)  // and a leading 1
        var rest = polynomial
        for place in stride(from: degree, through: divisorDegree, by: -1) {
          let factor = rest[place]
          rest[place] = 0
          for (offset, coefficient) in divisor.enumerated() {
            let index = place - divisorDegree + offset
            rest[index] = (rest[index] + (prime - coefficient) * factor) % prime
          }
        }
        if rest.allSatisfy({ $0 == 0 }) { return true }
      }
    }
    return false
  }
}
