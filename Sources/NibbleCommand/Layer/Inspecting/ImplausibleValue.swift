import Foundation
import Models

/// A number in a checkpoint that no weight has.
struct ImplausibleValue: Encodable {
  let magnitude: Double
  /// Its column, of a matrix.
  let column: Int?
  /// Its multiple of the median of the columns' largest magnitudes, of a matrix.
  let ratio: Double?

  /// Judges the largest number of a tensor; nil for one that may be a weight.
  init?(_ magnitudes: ChannelMagnitudes?, largest: Float) {
    if let magnitudes {
      guard let (column, magnitude) = magnitudes.implausibleMaximum else { return nil }
      self.magnitude = Double(magnitude)
      self.column = column
      ratio = magnitudes.median > 0 ? Double(magnitude) / magnitudes.median : nil
    } else {
      guard largest >= ChannelMagnitudes.implausible else { return nil }
      magnitude = Double(largest)
      (column, ratio) = (nil, nil)
    }
  }

  /// What follows the tensor's name in a warning.
  var words: String {
    let place = column.map { " in column \($0)" } ?? ""
    let multiple = ratio.map { String(format: ", %.3g times the median of the columns", $0) } ?? ""
    return String(format: "holds a number of magnitude %.3g", magnitude) + place + multiple
      + "; no weight is as large, a flipped bit may be: fetch or copy the file again"
  }
}
