/// What can be wrong with a request to quantize, each case with the values that were wrong.
///
/// ``description`` says what was found, what was expected and what to do about it.
public enum QuantizationError: Error, Hashable, Sendable {
  /// A matrix without elements.
  case empty(name: String, rows: Int, columns: Int)
  /// A NaN or an infinity, where it is, and what it is called there.
  case notFinite(name: String, row: Int, column: Int, value: Float)
  /// A finite element so large that a grid around it would not fit in float32, and where it is.
  case tooLarge(name: String, row: Int, column: Int, value: Float, limit: Float)
  /// Bits outside what the grid or method knows.
  case bits(Int, allowed: ClosedRange<Int>, who: String)
  /// A group size that does not tile the row.
  case groupSizeDoesNotDivide(groupSize: Int, columns: Int)
  /// A block format whose block, fixed by its definition, does not tile the row.
  case formatBlockDoesNotDivide(format: String, blockSize: Int, columns: Int)
  /// A block format of a file whose block does not tile the row, and those whose blocks do.
  case blocksDoNotTileRow(format: String, blockLength: Int, columns: Int, alternatives: [String])
  /// A block whose scale is too large for half precision.
  case scaleLeavesHalfPrecision(format: String, row: Int, column: Int, magnitude: Float)
  /// An importance below zero.
  case importanceNegative(column: Int, value: Float)
  /// A group size other than the one a format fixes.
  case groupSizeIsFixed(format: String, asked: Int, fixed: Int)
  /// A group or block size that is not positive.
  case sizeNotPositive(name: String, value: Int)
  /// A rectangular block that does not tile the matrix.
  case blockDoesNotDivide(blockRows: Int, blockColumns: Int, rows: Int, columns: Int)
  /// A parameter outside its meaning, such as a percentile of 140.
  case parameter(name: String, value: Double, expected: String)
  /// Two things that must have the same number of elements.
  case countMismatch(what: String, found: Int, expected: Int)
  /// Activations whose channels are not the weight's inputs.
  case activationsDoNotMatch(activationColumns: Int, weightColumns: Int)
  /// A method that needs a layer's inputs, and a layer without any.
  case inputsNeeded(method: String)
  /// A scale that is not a positive finite number.
  case scaleNotPositive(value: Float, index: Int)
  /// A code outside its grid.
  case codeOutsideGrid(code: Int, index: Int, allowed: ClosedRange<Int>)
  /// An integer product of operands whose scales do not factor out of the sum.
  case scaleInsideSum(operand: String, granularity: Granularity)
  /// Integer sums that could leave 32 bits.
  case accumulatorOverflow(columns: Int, largestColumns: Int)
  /// A method that is not in the table.
  case unknownMethod(String, nearest: String?, known: [String])
  /// Options a method has no use for.
  case optionsNotUsed(method: String, options: [String], uses: [String])
}

extension QuantizationError {
  /// Whether the request or the data is at fault.
  public enum Kind: Hashable, Sendable {
    /// The request: bits, group size, options.
    case usage
    /// The data: NaN, shapes that do not fit each other.
    case badData
  }

  /// Whether the request or the data is at fault.
  public var kind: Kind {
    switch self {
    case .empty, .notFinite, .tooLarge, .scaleLeavesHalfPrecision, .importanceNegative,
      .countMismatch,
      .activationsDoNotMatch, .inputsNeeded,
      .scaleNotPositive, .codeOutsideGrid, .accumulatorOverflow:
      .badData
    case .bits, .groupSizeDoesNotDivide, .formatBlockDoesNotDivide, .blocksDoNotTileRow,
      .groupSizeIsFixed,
      .sizeNotPositive, .blockDoesNotDivide, .parameter, .scaleInsideSum,
      .unknownMethod, .optionsNotUsed:
      .usage
    }
  }
}

extension QuantizationError: CustomStringConvertible {
  /// What was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .empty(let name, let rows, let columns):
      "\(name) is \(rows) × \(columns): there is nothing to quantize"
    case .notFinite(let name, let row, let column, let value):
      "\(name)[\(row), \(column)] is \(value); every element must be finite: "
        + "repair or drop it before quantizing"
    case .tooLarge(let name, let row, let column, let value, let limit):
      "\(name)[\(row), \(column)] is \(value); beyond ±\(limit) a grid's outermost code leaves "
        + "float32: scale the weights down first"
    case .bits(let bits, let allowed, let who):
      allowed.count == 1
        ? "\(who) stores \(allowed.lowerBound) bits, not \(bits); leave the bits out"
        : "\(bits) bit\(bits == 1 ? "" : "s") is not possible for \(who); use "
          + "\(allowed.lowerBound) to \(allowed.upperBound)"
    case .groupSizeDoesNotDivide(let groupSize, let columns):
      "group size \(groupSize) does not divide \(columns) input channels; use "
        + Divisors.suggestion(for: columns, near: groupSize)
    case .formatBlockDoesNotDivide(let format, let blockSize, let columns):
      "\(format) shares a scale among \(blockSize) weights, and \(blockSize) does not divide "
        + "\(columns) input channels; pad the rows to a multiple of \(blockSize)"
    case .blocksDoNotTileRow(let format, let blockLength, let columns, let alternatives):
      "\(format) stores blocks of \(blockLength) weights, and \(blockLength) does not divide "
        + "\(columns) input channels; nothing is padded in this format: "
        + (alternatives.isEmpty
          ? "no block format takes such rows, pad them to a multiple of 32"
          : "use " + alternatives.joined(separator: ", "))
    case .scaleLeavesHalfPrecision(let format, let row, let column, let magnitude):
      "\(format): the block at weight[\(row), \(column)] reaches ±\(magnitude), and its scale does "
        + "not fit half precision: scale the weights down first"
    case .importanceNegative(let column, let value):
      "importance[\(column)] is \(value); an importance is a mean of squares, 0 or more"
    case .groupSizeIsFixed(let format, let asked, let fixed):
      "\(format) fixes its group at \(fixed) weights, not \(asked); leave the group size out"
    case .sizeNotPositive(let name, let value):
      "\(name) is \(value); use a positive number"
    case .blockDoesNotDivide(let blockRows, let blockColumns, let rows, let columns):
      "blocks of \(blockRows) × \(blockColumns) do not tile a \(rows) × \(columns) matrix; "
        + "use divisors of \(rows) and \(columns)"
    case .parameter(let name, let value, let expected):
      "\(name) is \(value); expected \(expected)"
    case .countMismatch(let what, let found, let expected):
      "\(found) \(what) where \(expected) are needed"
    case .activationsDoNotMatch(let activationColumns, let weightColumns):
      "activations have \(activationColumns) channels and the weight \(weightColumns) inputs; "
        + "both must be the same: activations are [tokens, in], the weight is [out, in]"
    case .inputsNeeded(let method):
      "\(method) needs the layer's inputs and there are none; give activations [tokens, in] that the "
        + "layer has seen"
    case .scaleNotPositive(let value, let index):
      "scale \(value) at index \(index) is not a positive finite number; a group of zeros has scale 1"
    case .codeOutsideGrid(let code, let index, let allowed):
      "code \(code) at index \(index) is outside \(allowed.lowerBound)...\(allowed.upperBound)"
    case .scaleInsideSum(let operand, let granularity):
      "the \(operand) has one scale per \(granularity), so scales change inside the sum; "
        + "an integer product needs one scale per row or per tensor"
    case .accumulatorOverflow(let columns, let largestColumns):
      "a sum over \(columns) products can leave 32 bits; at most \(largestColumns) are safe "
        + "with these codes: split the columns or use fewer bits"
    case .unknownMethod(let name, let nearest, let known):
      "there is no method '\(name)'; "
        + (nearest.map { "did you mean '\($0)'? The methods are " } ?? "use one of ")
        + known.joined(separator: ", ")
    case .optionsNotUsed(let method, let options, let uses):
      "\(method) does not use \(options.joined(separator: ", ")); "
        + (uses.isEmpty ? "it takes no options" : "it uses \(uses.joined(separator: ", "))")
    }
  }
}
