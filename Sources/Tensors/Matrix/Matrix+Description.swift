extension Matrix: CustomStringConvertible {
  /// The shape and the elements in aligned columns; of a large matrix its first and last ones.
  ///
  /// Numbers show at most six significant digits. At most eight rows and eight columns are shown.
  public var description: String {
    let shownRows = Self.shown(rows)
    let shownColumns = Self.shown(columns)
    let cells = shownRows.map { row in
      shownColumns.map { column -> String in
        guard let row, let column else { return "…" }
        return shortText(self[row, column])
      }
    }
    let widths = shownColumns.indices.map { place in cells.map { $0[place].count }.max() ?? 0 }
    let lines = cells.map { line in
      let padded = zip(line, widths).map { cell, width in
        String(repeating: " ", count: width - cell.count) + cell
      }
      return "[ " + padded.joined(separator: "  ") + " ]"
    }
    return (["\(rows) × \(columns)"] + (isEmpty ? [] : lines)).joined(separator: "\n")
  }

  /// The places to show, with nil where some are left out.
  private static func shown(_ count: Int) -> [Int?] {
    count <= 8 ? Array(0..<count) : Array(0..<4) + [nil] + Array(count - 3..<count)
  }
}

/// A number with at most six significant digits and no zeros at the end.
///
/// Rounded in double precision by powers of ten, so no library function with a locale is needed.
func shortText(_ value: Float) -> String {
  guard value.isFinite, value != 0 else {
    return value == 0 ? "0" : value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }
  let magnitude = abs(Double(value))
  var exponent = 0
  while magnitude / powerOfTen(exponent) >= 10 { exponent += 1 }
  while magnitude / powerOfTen(exponent) < 1 { exponent -= 1 }
  var digits = Int((magnitude / powerOfTen(exponent) * 100_000).rounded())
  if digits == 1_000_000 {
    digits = 100_000
    exponent += 1
  }
  var text = String(digits)
  let sign = value < 0 ? "-" : ""
  if exponent < -4 || exponent > 8 {
    let fraction = trimmed(text.dropFirst())
    return sign + text.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "e\(exponent)"
  }
  if exponent < 0 {
    text = String(repeating: "0", count: -exponent) + text
  } else if exponent > 5 {
    text += String(repeating: "0", count: exponent - 5)
  }
  let wholeDigits = max(exponent, 0) + 1
  let fraction = trimmed(text.dropFirst(wholeDigits))
  return sign + text.prefix(wholeDigits) + (fraction.isEmpty ? "" : "." + fraction)
}

private func powerOfTen(_ exponent: Int) -> Double {
  var power = 1.0
  for _ in 0..<abs(exponent) { power *= 10 }
  return exponent < 0 ? 1 / power : power
}

private func trimmed(_ digits: Substring) -> Substring {
  digits.lastIndex { $0 != "0" }.map { digits[...$0] } ?? ""
}
