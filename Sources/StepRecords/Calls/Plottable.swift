/// A number that can stand on a chart's axis: every integer and floating type a chapter meets.
public protocol Plottable {
  /// The number as charts keep it.
  var plotted: Double { get }
}

extension Plottable where Self: BinaryInteger {
  /// The nearest `Double`.
  public var plotted: Double { Double(self) }
}

extension Plottable where Self: BinaryFloatingPoint {
  /// The number as a `Double`, exactly for every type but the 80-bit one.
  public var plotted: Double { Double(self) }
}

extension Int: Plottable {}
extension Int8: Plottable {}
extension Int16: Plottable {}
extension Int32: Plottable {}
extension Int64: Plottable {}
extension UInt: Plottable {}
extension UInt8: Plottable {}
extension UInt16: Plottable {}
extension UInt32: Plottable {}
extension UInt64: Plottable {}
extension Float: Plottable {}
extension Double: Plottable {}
