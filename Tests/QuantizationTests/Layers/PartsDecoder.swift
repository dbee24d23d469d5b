import Quantization
import Tensors

/// Rebuilds Ŵ from what a file of a layer holds, by the steps ``LayerResult/parts`` documents.
///
/// A second implementation: plain loops in double precision, no rotation, lattice or grid of the engine.
/// Only GGUF rows are left to the engine, whose bytes other tests hold against llama.cpp's. Beside
/// each number it carries how far single precision may be from it.
struct PartsDecoder {
  enum Refusal: Error { case missing(String) }

  private let parts: [String: LayerPart]
  private let words: [String: String]
  private let method: String
  private let rows: Int
  private let columns: Int
  private var values: [Double] = []
  /// What single precision may lose at each place.
  private var slack: [Double] = []

  /// A unit of single precision, 2⁻²³: an operation rounds by half of it.
  private static let unit = Double(Float.ulpOfOne)

  /// Ŵ from its parts alone, and the largest difference single precision may make.
  static func decode(
    _ parts: [LayerPart], words: [String: String], method: String, rows: Int, columns: Int
  ) throws -> (values: [Double], slack: [Double]) {
    var decoder = PartsDecoder(
      parts: Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0) }), words: words,
      method: method, rows: rows, columns: columns)
    try decoder.decodeCodes()
    try decoder.placeOutliers()
    if decoder.parts["input_scales"] != nil {
      decoder.divideColumns(by: try decoder.floats("input_scales"))
    }
    let steps = words["restore"]?.split(separator: " ").map(String.init) ?? []
    for (index, step) in steps.enumerated() {
      try decoder.restore(step, arrays: "restore.\(index).")
    }
    return (decoder.values, decoder.slack)
  }

  private init(
    parts: [String: LayerPart], words: [String: String], method: String, rows: Int, columns: Int
  ) {
    self.parts = parts
    self.words = words
    self.method = method
    self.rows = rows
    self.columns = columns
  }

  // MARK: Arrays

  private func part(_ name: String) throws -> LayerPart {
    guard let part = parts[name] else { throw Refusal.missing(name) }
    return part
  }

  private func floats(_ name: String) throws -> [Double] {
    guard case .floats(let values) = try part(name).values else { throw Refusal.missing(name) }
    return values.map { Double($0) }
  }

  private func integers(_ name: String) throws -> [Int] {
    switch try part(name).values {
    case .bytes(let values): values.map { Int($0) }
    case .signedBytes(let values): values.map { Int($0) }
    case .words(let values): values.map { Int($0) }
    case .integers(let values): values.map { Int($0) }
    case .floats: throw Refusal.missing(name)
    }
  }

  // MARK: Steps 1 to 3

  private mutating func decodeCodes() throws {
    if parts["blocks"] != nil {
      try decodeBlocks()
    } else if case .words = try part("codes").values {
      try decodeVectors()
    } else {
      try decodeSingles()
    }
  }

  private mutating func decodeBlocks() throws {
    let name = words["then"] ?? method
    let part = try part("blocks")
    guard case .bytes(let bytes) = part.values else { throw Refusal.missing("blocks") }
    let format = try BlockFormat(named: String(name.dropFirst("gguf:".count)))
    values = try format.dequantized(RowBlocks(bytes: bytes, bytesPerRow: part.shape[1])).elements
      .map { Double($0) }
    slack = [Double](repeating: 0, count: values.count)
  }

  private mutating func decodeSingles() throws {
    let codes = try integers("codes")
    let (scales, zeros) = (try floats("scales"), try floats("zeros"))
    let across = try part("scales").shape[1]
    let groupOfColumn = parts["g_idx"] == nil ? nil : try integers("g_idx")
    let run = words["scale_run"].flatMap { Int($0) }
    let levels = parts["levels"] == nil ? nil : try floats("levels")
    let codebooks = parts["codebooks"] == nil ? nil : try floats("codebooks")
    let books = parts["codebooks"]?.shape ?? []
    for (index, code) in codes.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      let group =
        run.map { index / $0 }
        ?? row * across + (groupOfColumn?[column] ?? column * across / columns)
      let (scale, zero) = (scales[group], zeros[group])
      let value: Double
      if let levels {
        value = levels[code]
      } else if let codebooks {
        value = codebooks[(books[0] == 1 ? 0 : group) * books[1] + code]
      } else {
        value = Double(code) - zero
      }
      values.append(value * scale)
      // Four roundings of half a unit at most: the difference (of a zero point that is no whole number),
      // the product, the scale as stored, and its denominator where codes are multiplied before it.
      slack.append(2 * Self.unit * (abs(value) + abs(zero)) * scale)
    }
  }

  private mutating func decodeVectors() throws {
    let codes = try integers("codes")
    let scales = try floats("scales")
    let perVector = try part("codes").shape[1] * 8 / columns
    for vector in 0..<rows * columns / 8 {
      let scale = scales[vector * 8 / columns]
      let own = Array(codes[vector * perVector..<(vector + 1) * perVector])
      for point in try point(of: own) {
        values.append(point.reduce(0, +) * scale)
        // As many sums and products as there are terms.
        let size = point.reduce(0) { $0 + abs($1) } * scale
        slack.append(Double(point.count + 1) * Self.unit * size)
      }
    }
  }

  /// The terms of each of a vector's eight numbers, in units of the scale.
  private func point(of codes: [Int]) throws -> [[Double]] {
    guard let codebook = words["codebook"] else {
      let books = try floats("codebooks")
      let entries = try part("codebooks").shape[1] / 8
      return (0..<8).map { place in
        codes.enumerated().map { book, code in books[(book * entries + code) * 8 + place] }
      }
    }
    let first = try paddedPoint(codes[0])
    guard codebook != "e8p" else { return first.map { [$0] } }
    guard let divisor = words["residual_scale"].flatMap({ Double($0) }) else {
      throw Refusal.missing("residual_scale")
    }
    var second: [Double]
    if codebook == "e8p+e8p" {
      second = try paddedPoint(codes[1])
    } else {
      second = Array(try floats("lattice.residual")[codes[1] * 8..<codes[1] * 8 + 8])
    }
    second = second.map { $0 / divisor }
    return zip(first, second).map { [$0, $1] }
  }

  private func paddedPoint(_ code: Int) throws -> [Double] {
    let pattern = try floats("lattice.patterns")[code / 256 * 8..<code / 256 * 8 + 8]
    let low = code % 256
    let isOdd = low.nonzeroBitCount % 2 == 1
    let signs = isOdd ? low ^ 1 : low
    return pattern.enumerated().map { place, entry in
      (signs >> place & 1 == 1 ? -entry : entry) + (isOdd ? -0.25 : 0.25)
    }
  }

  // MARK: Steps 4 to 6

  private mutating func placeOutliers() throws {
    guard parts["outlier_values"] != nil else { return }
    let (kept, places) = (try floats("outlier_values"), try integers("outlier_columns"))
    let starts = try integers("outlier_row_starts")
    for row in 0..<rows {
      for index in starts[row]..<starts[row + 1] {
        values[row * columns + places[index]] = kept[index]
        slack[row * columns + places[index]] = 0
      }
    }
  }

  private mutating func divideColumns(by scales: [Double]) {
    for index in values.indices {
      values[index] /= scales[index % columns]
      // 1/s and the product round once each.
      slack[index] =
        slack[index] / abs(scales[index % columns]) + 2 * Self.unit * abs(values[index])
    }
  }

  private mutating func restore(_ step: String, arrays prefix: String) throws {
    if step == "columns:scales" {
      divideColumns(by: try floats(prefix + "scales"))
      return
    }
    let isOfRows = step.hasPrefix("inputs:")
    let size = isOfRows ? columns : rows
    let form = String(step.drop { $0 != ":" }.dropFirst())
    let inverse = try inverseRotation(form, arrays: prefix)
    for line in 0..<(isOfRows ? rows : columns) {
      let places = (0..<size).map { isOfRows ? line * columns + $0 : $0 * columns + line }
      let vector = places.map { values[$0] }
      // An error e becomes Qᵀ e, no element of which is larger than ‖e‖. A sum of n products rounds by
      // n/2 units of the sizes of its terms, by Cauchy and Schwarz at most ‖y‖ with rows of length 1;
      // stages follow each other, so n counts the terms of all, and 8 more for signs and roots.
      let (length, error) = (Self.norm(vector), Self.norm(places.map { slack[$0] }))
      let restored = inverse(vector)
      for (place, value) in zip(places, restored) {
        values[place] = value
        slack[place] = error + Double(size + 8) * Self.unit * length
      }
    }
  }

  private static func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// y to Qᵀ y.
  private func inverseRotation(
    _ form: String, arrays prefix: String
  ) throws -> ([Double]) -> [Double] {
    if form == "dense" {
      let matrix = try floats(prefix + "matrix")
      return { vector in
        let size = vector.count
        return (0..<size).map { column in
          (0..<size).reduce(0) { $0 + matrix[$1 * size + column] * vector[$1] }
        }
      }
    }
    if form == "kronecker" {
      let (outer, inner) = (try floats(prefix + "outer"), try floats(prefix + "inner"))
      let order = try integers(prefix + "order")
      let (p, q) = (try part(prefix + "outer").shape[0], try part(prefix + "inner").shape[0])
      return { vector in
        var result = [Double](repeating: 0, count: vector.count)
        for down in 0..<p {
          for across in 0..<q {
            var sum = 0.0
            for first in 0..<p {
              for second in 0..<q {
                sum +=
                  outer[first * p + down] * vector[first * q + second]
                  * inner[second * q + across]
              }
            }
            result[order[down * q + across]] = sum
          }
        }
        return result
      }
    }
    guard form.hasPrefix("hadamard/"), let block = Int(form.dropFirst("hadamard/".count)) else {
      throw Refusal.missing(form)
    }
    let (signs, core) = (try integers(prefix + "signs"), try integers(prefix + "core"))
    let size = try part(prefix + "core").shape[0]
    return { vector in
      vector.indices.map { place in
        let (start, column) = (place / block * block, place % block)
        var sum = 0.0
        for row in 0..<block {
          let isNegative = ((row / size) & (column / size)).nonzeroBitCount % 2 == 1
          let element = core[row % size * size + column % size] * (isNegative ? -1 : 1)
          sum += Double(element) * vector[start + row]
        }
        return sum / Double(block).squareRoot() * Double(signs[place])
      }
    }
  }
}
