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
  /// A size for which no construction gives a Hadamard matrix, and the nearest that have one.
  case noHadamardMatrix(order: Int, name: String, below: Int?, above: Int)
  /// Rows that vectors of a fixed length do not tile.
  case vectorsDoNotTile(method: String, length: Int, columns: Int)
  /// A Hessian without an inverse: the input channel whose pivot failed, its rank as far as can be
  /// told, and what there was to make it from.
  case pivotFailed(
    method: String, channel: Int, columns: Int, rank: Int, tokens: Int, dead: Int, damping: Double)
  /// A Hessian that has an inverse as it is, and none in floating point after both sides of the layer
  /// were turned: the turned input whose pivot is lost.
  case turnedPivotFailed(
    method: String, place: Int, columns: Int, rank: Int, tokens: Int, dead: Int, damping: Double)
  /// Inputs whose squares do not fit single precision.
  case inputsOutOfRange(method: String, channel: Int, rootMeanSquare: Double)
  /// Double precision asked of sums that were kept in single.
  case sumsAreSingle(method: String)
  /// Updates of later columns that have left single precision.
  case updatesOverflow(method: String, damping: Double)
  /// A result that does not fit float32, and where.
  case resultNotFinite(method: String, name: String, row: Int, column: Int)
  /// A rotation after a rotation.
  case rotationAfterRotation
  /// A number of codebooks and a width of their indices that do not make the bits a weight asked for;
  /// nil where nothing was asked.
  case codebooksDoNotFit(bits: Int, codebooks: Int?, codebookBits: Int?)
  /// Two options of which only one may be given.
  case optionsExcludeEachOther(String, String)
  /// An order of columns that leaves one out or names one twice.
  case notAnOrder(count: Int, columns: Int)
  /// A scale that is not a positive finite number.
  case scaleNotPositive(value: Float, index: Int)
  /// A code outside its grid.
  case codeOutsideGrid(code: Int, index: Int, allowed: ClosedRange<Int>)
  /// An integer product of operands whose scales do not factor out of the sum.
  case scaleInsideSum(operand: String, granularity: Granularity)
  /// Integer sums that could leave 32 bits.
  case accumulatorOverflow(columns: Int, largestColumns: Int)
  /// A budget that not even the smallest choices fit.
  case budgetTooSmall(bytes: Int, least: Int, layers: Int)
  /// Layers whose sizes add up to too many different sums.
  case tooManySums(limit: Int, layers: Int)
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
      .countMismatch, .activationsDoNotMatch, .inputsNeeded, .pivotFailed, .turnedPivotFailed,
      .inputsOutOfRange, .updatesOverflow, .resultNotFinite, .notAnOrder, .scaleNotPositive,
      .codeOutsideGrid,
      .accumulatorOverflow:
      .badData
    case .bits, .groupSizeDoesNotDivide, .formatBlockDoesNotDivide, .blocksDoNotTileRow,
      .groupSizeIsFixed, .sizeNotPositive, .blockDoesNotDivide, .parameter, .scaleInsideSum,
      .rotationAfterRotation, .codebooksDoNotFit, .optionsExcludeEachOther, .budgetTooSmall,
      .tooManySums, .noHadamardMatrix, .vectorsDoNotTile, .unknownMethod, .optionsNotUsed,
      .sumsAreSingle:
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
      // Of a NaN, Swift also prints the sign, which says nothing.
      "\(name)[\(row), \(column)] is \(value.isNaN ? "nan" : "\(value)"); every element must be "
        + "finite: repair or drop it before quantizing"
    case .tooLarge(let name, let row, let column, let value, let limit):
      "\(name)[\(row), \(column)] is \(value); beyond ±\(limit) a grid's outermost code leaves "
        + "float32: scale the weights down first"
    case .bits(let bits, let allowed, let who):
      allowed.count == 1
        ? "\(who) stores \(allowed.lowerBound) bit\(allowed.lowerBound == 1 ? "" : "s"), not "
          + "\(bits); leave the bits out"
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
    case .noHadamardMatrix(let order, let name, let below, let above):
      "no Hadamard matrix is known here for \(name) \(order); the nearest that have one are "
        + (below.map { "\($0) and " } ?? "") + "\(above): "
        + (order > 0 && order % 2 == 0
          ? "pad to \(above), or ask for a rotation in blocks (blockwise) of \(1 << order.trailingZeroBitCount), "
            + "the largest power of two that divides it"
          : "pad to \(above)")
        + "; a dense or a Kronecker rotation has any size"
    case .vectorsDoNotTile(let method, let length, let columns):
      "\(method) takes \(length) neighbouring weights as one vector, and \(length) does not divide "
        + "\(columns) input channels; pad the rows to a multiple of \(length)"
    case .pivotFailed(
      let method, let channel, let columns, let rank, let tokens, let dead, let damping):
      "\(method): the Hessian has no inverse with damping \(damping): the pivot of input channel "
        + "\(channel) is 0 or below. Its rank is about \(rank), from \(tokens) "
        + "token\(tokens == 1 ? "" : "s") for \(columns - dead) live input channels; give more "
        + "tokens, a damping of 0.01 or more, or allow it to be raised (raise-damping)"
    case .turnedPivotFailed(
      let method, let place, let columns, let rank, let tokens, let dead, let damping):
      "\(method): the layer turned on both sides has a Hessian that cannot be factored, though as it was "
        + "it could, with damping \(damping): the pivot of turned input \(place) is lost in rounding. "
        + "Its rank is about \(rank), from \(tokens) token\(tokens == 1 ? "" : "s") for "
        + "\(columns - dead) live input channels; sum the Hessian in double precision, give more tokens "
        + "or more damping, or allow it to be raised (raise-damping)"
    case .rotationAfterRotation:
      "rotation cannot be followed by rotation: two turns are one turn; name the method that rounds "
        + "the turned weight, such as rtn or gptq"
    case .inputsOutOfRange(let method, let channel, let rootMeanSquare):
      "\(method): inputs of channel \(channel) are \(rootMeanSquare) in root mean square, and their "
        + "squares do not fit single precision; sum the Hessian in double precision (double-precision)"
    case .sumsAreSingle(let method):
      "\(method) was asked for double precision, but the sums over the layer's inputs were kept in "
        + "single; sum them in double, or leave the precision as it is"
    case .updatesOverflow(let method, let damping):
      "\(method): with damping \(damping) the errors passed on grow beyond single precision; use a "
        + "damping of 0.01 or more"
    case .resultNotFinite(let method, let name, let row, let column):
      "\(method): \(name)[\(row), \(column)] does not fit float32; the weights or the inputs are too "
        + "large for its sums: scale them down first"
    case .codebooksDoNotFit(let bits, let codebooks, let codebookBits):
      "\(bits) bit\(bits == 1 ? "" : "s") a weight are \(8 * bits) for eight, and "
        + [
          codebooks.map { "\($0) codebook\($0 == 1 ? "" : "s")" },
          codebookBits.map { "indices of \($0) bits" },
        ].compactMap { $0 }.joined(separator: " with ")
        + " do not make that; codebooks × their bits must be \(8 * bits), with at most 16 of either"
    case .optionsExcludeEachOther(let first, let second):
      "\(first) and \(second) exclude each other; leave one out"
    case .notAnOrder(let count, let columns):
      "an order of \(count) columns for \(columns); list each column from 0 to \(columns - 1) once"
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
    case .budgetTooSmall(let bytes, let least, let layers):
      "a budget of \(bytes) bytes is too small: the least that the \(layers) layers can take is "
        + "\(least) bytes; raise the budget or allow narrower widths"
    case .tooManySums(let limit, let layers):
      "the sizes of the \(layers) layers have more than \(limit) sums; round sizes up to a common "
        + "multiple, such as 1024 bytes, or use the Lagrangian answer"
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
