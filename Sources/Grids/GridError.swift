/// What outside data can have wrong with it, as a value that can be tested and printed.
///
/// Preconditions guard the programmer; these cases guard files, command lines and calibration data.
public enum GridError: Error, Hashable, Sendable {
  /// The width, and the widths a grid of this kind can have.
  case bits(Int, supported: ClosedRange<Int>)
  /// A range with an end that is not a number or is beyond what a Float can hold.
  case rangeNotFinite(lowest: Double, highest: Double)
  /// A range whose lower end is above its upper end.
  case rangeReversed(lowest: Double, highest: Double)
  /// The limit of a symmetric range that is negative, not a number or beyond a Float.
  case limit(Double)
  /// A scale that is not a positive finite number.
  case scale(Float)
  /// A zero point that is not one of the grid's integers.
  case zeroPoint(Int, allowed: ClosedRange<Int>)
  /// A value that is not a finite number, and where it stands.
  case valueNotFinite(index: Int)
  /// No values where at least one is needed.
  case noValues
  /// A number of levels outside what a codebook can have.
  case levelCount(Int)
  /// A block of the wrong length.
  case blockLength(Int, expected: Int)
  /// A stored code that the format does not have, and where it stands.
  case code(Int, index: Int, allowed: ClosedRange<Int>)
}

extension GridError: CustomStringConvertible {
  /// What is wrong, what was expected, and what to do, in one line.
  public var description: String {
    switch self {
    case .bits(let bits, let supported):
      "a grid of \(bits) bits is not supported; use \(supported.lowerBound) to "
        + "\(supported.upperBound) bits"
    case .rangeNotFinite(let lowest, let highest):
      "the range \(text(lowest)) to \(text(highest)) has an end that is not a finite 32-bit number; "
        + "remove NaN and infinities from the data, or choose the ends yourself"
    case .rangeReversed(let lowest, let highest):
      "the range \(text(lowest)) to \(text(highest)) runs backwards; give the lower end first"
    case .limit(let limit):
      "\(text(limit)) cannot be the limit of a symmetric range; use the largest magnitude, a finite "
        + "number that is not negative"
    case .scale(let scale):
      "\(text(Double(scale))) cannot be a scale; use a positive finite number"
    case .zeroPoint(let zeroPoint, let allowed):
      "the zero point \(zeroPoint) is not one of the grid's integers; use "
        + "\(allowed.lowerBound) to \(allowed.upperBound)"
    case .valueNotFinite(let index):
      "the value at index \(index) is NaN or infinite; only finite numbers can be placed on a grid"
    case .noValues:
      "there are no values to fit a grid to; give at least one"
    case .levelCount(let count):
      "a codebook cannot have \(count) levels; use 1 to 256"
    case .blockLength(let length, let expected):
      "a block of \(length) values does not fit the format; give exactly \(expected)"
    case .code(let code, let index, let allowed):
      "the code \(code) at index \(index) does not exist in the format; use "
        + "\(allowed.lowerBound) to \(allowed.upperBound)"
    }
  }
}
