/// One way to quantize a layer, as the table of methods lists it.
///
/// A new method is one file with its row and one more line in ``all``.
public struct LayerMethod: Sendable {
  /// What a method needs to know besides the weight.
  public enum Data: String, Hashable, Sendable {
    /// Nothing.
    case weightOnly = "weight only"
    /// Inputs the layer has seen.
    case activations
    /// Inputs if there are any, otherwise a plainer form of the method.
    case activationsWelcome = "activations if present"
  }

  /// What people type: `rtn`, `nf4`.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// The options it knows.
  public let options: Set<LayerOption>
  /// What it needs besides the weight.
  public let needs: Data
  /// How its bits per weight come about, b bits and groups of g.
  public let bitsRule: String
  /// Where it comes from.
  public let source: String
  /// The method itself; options are known to be its own.
  let run:
    @Sendable (_ input: LayerInput, _ options: LayerOptions) throws(QuantizationError) ->
      LayerResult

  /// Quantizes a layer.
  ///
  /// - Parameters:
  ///   - input: The weight and, where there are any, activations.
  ///   - options: What was asked; the method's defaults where nothing was.
  /// - Returns: Codes, scales, zeros, what they dequantize to, and what they occupy.
  /// - Throws: `QuantizationError.optionsNotUsed` for an option this method would ignore,
  ///   `.needsActivations`, and what the method itself refuses.
  public func quantize(
    _ input: LayerInput, _ options: LayerOptions = LayerOptions()
  ) throws(QuantizationError) -> LayerResult {
    let unused = options.given.filter { !self.options.contains($0) }
    guard unused.isEmpty else {
      throw .optionsNotUsed(
        method: name, options: unused.map(\.rawValue),
        uses: LayerOption.allCases.filter(self.options.contains).map(\.rawValue))
    }
    if needs == .activations, input.activations == nil { throw .needsActivations(method: name) }
    return try run(input, options)
  }
}

extension LayerMethod {
  /// Every method there is, in the order in which they are listed.
  public static let all: [LayerMethod] = [
    .roundToNearest, .normalFloat4, .float4, .float8E4M3, .float8E5M2, .mxFloat4, .nvFloat4,
    .ternary, .lloydMax, .kMeans,
  ]

  /// The method of a name.
  ///
  /// - Parameter name: As in ``all``.
  /// - Returns: The method.
  /// - Throws: `QuantizationError.unknownMethod`, with the nearest name and all of them.
  public static func named(_ name: String) throws(QuantizationError) -> LayerMethod {
    if let method = all.first(where: { $0.name == name }) { return method }
    let names = all.map(\.name)
    let nearest = names.min { editDistance($0, name) < editDistance($1, name) }
    let isNear = nearest.map { editDistance($0, name) <= max(1, $0.count / 2) } ?? false
    throw .unknownMethod(name, nearest: isNear ? nearest : nil, known: names)
  }

  /// How many letters to insert, delete or replace to make one word into the other.
  private static func editDistance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var distances = Array(0...second.count)
    for (row, letter) in first.enumerated() {
      var diagonal = distances[0]
      distances[0] = row + 1
      for (column, other) in second.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = distances[column + 1]
        distances[column + 1] = min(replaced, distances[column] + 1, diagonal + 1)
      }
    }
    return distances[second.count]
  }
}

extension LayerOptions {
  /// The group size for rows of this length: what was asked, or 128, or the row if that is shorter.
  ///
  /// - Parameter columns: The length of a row.
  /// - Returns: A size that tiles the row.
  /// - Throws: `QuantizationError.groupSizeDoesNotDivide` or `.sizeNotPositive`.
  func resolvedGroupSize(columns: Int) throws(QuantizationError) -> Int {
    let size = groupSize ?? min(128, columns)
    guard size >= 0 else { throw .sizeNotPositive(name: "group size", value: size) }
    guard size != 0 else { return columns }
    guard columns % size == 0 else {
      throw .groupSizeDoesNotDivide(groupSize: size, columns: columns)
    }
    return size
  }

  /// Refuses bits other than the ones a format has.
  func requireBits(_ fixed: Int, for method: String) throws(QuantizationError) {
    if let bits, bits != fixed { throw .bits(bits, allowed: fixed...fixed, who: method) }
  }

  /// Refuses a group size other than the one a format has.
  func requireGroupSize(
    _ fixed: Int, for format: String, columns: Int
  ) throws(QuantizationError) {
    if let groupSize, groupSize != fixed {
      throw .groupSizeIsFixed(format: format, asked: groupSize, fixed: fixed)
    }
    guard columns % fixed == 0 else {
      throw .formatBlockDoesNotDivide(format: format, blockSize: fixed, columns: columns)
    }
  }

  /// The bits asked for, 4 by default, within what a method can store.
  func resolvedBits(
    in allowed: ClosedRange<Int> = 1...8, for method: String
  ) throws(QuantizationError) -> Int {
    let bits = bits ?? 4
    guard allowed.contains(bits) else { throw .bits(bits, allowed: allowed, who: method) }
    return bits
  }
}
