internal import Models
internal import Quantization
internal import Tensors

/// How fast this machine does what a plan consists of, as it has just shown.
public struct MachineRates: Sendable {
  /// Operations a second in products of matrices, of all cores.
  public let operationsPerSecond: Double
  /// Seconds a weight, for each of the plan's ``ModelPlan/rounding``, products left out.
  public let secondsPerWeight: [Double]

  /// Measures: a product of two matrices, and small random layers, each quantized as the plan's are.
  ///
  /// Takes a second or so: a layer of some hundred inputs for each rule, the best of several, since what else the
  /// machine does can only slow them down.
  ///
  /// - Parameter rounding: What a plan takes weight by weight.
  public init(for rounding: [ModelPlan.Rounding]) {
    let rate = Self.productRate()
    operationsPerSecond = rate
    secondsPerWeight = rounding.map { $0.sample.secondsPerWeight(operationsPerSecond: rate) }
  }

  /// The seconds of a plan: products at their rate, weights at theirs.
  ///
  /// Reading and writing files is not counted.
  ///
  /// - Parameters:
  ///   - operations: Of all products.
  ///   - rounding: What was measured for.
  /// - Returns: Seconds.
  public func seconds(operations: Double, rounding: [ModelPlan.Rounding]) -> Double {
    operations / operationsPerSecond
      + zip(rounding, secondsPerWeight).reduce(0) { $0 + $1.0.weights * $1.1 }
  }

  /// Operations a second in a product of two matrices, the best of a few.
  private static func productRate() -> Double {
    let size = 1024
    let matrix = Matrix(
      rows: size, columns: size, drawnFrom: .normal(mean: 0, deviation: 1), seed: 1)
    let clock = ContinuousClock()
    let best = clock.best { _ = matrix.multiplied(by: matrix) }
    return 2 * Double(size * size * size) / max(best, 1e-9)
  }
}

/// A small layer that is quantized, stored and measured as a model's will be.
struct RoundingSample: Sendable {
  let rule: LayerRule
  /// The sizes of the layer that it stands for.
  let outputs: Int
  let inputs: Int
  let format: FormatChoice
  let isCalibrated: Bool
  let isTransposed: Bool
  /// Whether a tensor of a GGUF file is meant: rounded, read back and compared, and nothing besides.
  var isTensor = false

  /// A layer this large is enough to be timed, and soon done.
  private var size: (outputs: Int, inputs: Int) {
    if rule.method.isSlow { return (min(8, outputs), fitting(128)) }
    return (min(256, outputs), fitting(512))
  }

  /// A number of inputs that the rule takes: the one wanted, or the layer's own.
  private func fitting(_ wanted: Int) -> Int {
    guard wanted < inputs,
      (try? rule.method.check(rule.options, rows: min(256, outputs), columns: wanted)) != nil
    else { return inputs }
    return wanted
  }

  /// Seconds a weight, besides products and factors; for a method whose time grows faster than its weights, as much
  /// as a layer of this plan's size will take of it.
  ///
  /// - Parameter operationsPerSecond: The rate of products, which are taken off.
  /// - Returns: Seconds; 0 where the layer cannot be made.
  func secondsPerWeight(operationsPerSecond: Double) -> Double {
    if isTensor { return tensorSecondsPerWeight }
    let (rows, columns) = size
    let plan = LayerPlan(
      id: LinearLayerID(block: 0, role: .up), name: "a random layer", outputs: rows,
      inputs: columns, rule: rule)
    let weight = Matrix(
      rows: rows, columns: columns, drawnFrom: .normal(mean: 0, deviation: 0.02), seed: 1)
    let tokens = 2 * columns
    let vectors = Matrix(
      rows: tokens, columns: columns, drawnFrom: .normal(mean: 0, deviation: 1), seed: 2)
    var statistics = InputStatistics(
      columns: columns,
      precision: rule.options.doublePrecision ?? false ? .double : .single)
    guard (try? statistics.add(vectors)) != nil else { return 0 }
    let needsRows = rule.needs == .activations
    let work = LayerWork(
      plan: plan, rule: rule, weight: weight, bias: [Float](repeating: 0, count: rows),
      statistics: isCalibrated ? statistics : nil, activations: needsRows ? vectors : nil,
      exact: rule.comparesWithFloatModel ? vectors : nil, seed: 0, threads: nil)
    var isPossible = true
    let best = ContinuousClock().best(of: rule.method.isSlow ? 1 : 20) {
      isPossible = (try? work.done(format: format.sampleFormat(isTransposed: isTransposed))) != nil
    }
    guard isPossible else { return 0 }
    let width = Double(columns)
    var products = rule.solvingCost(outputs: rows, inputs: columns, tokens: Double(tokens))
    if isCalibrated {
      products += (rule.hasNearest(inputs: columns) ? 3 : 2) * 2 * Double(rows) * width * width
    }
    let own = max(0, best - products / operationsPerSecond) / (Double(rows) * width)
    return own * growth(from: width)
  }

  /// A weight of a GGUF file's tensor: enough rows that threads are worth their start.
  private var tensorSecondsPerWeight: Double {
    let (rows, columns) = (min(1024, outputs), fitting(1024))
    let name = rule.method.name.dropFirst("gguf:".count)
    guard let format = BlockFormat.all.first(where: { $0.name == name }) else { return 0 }
    let weight = Matrix(
      rows: rows, columns: columns, drawnFrom: .normal(mean: 0, deviation: 0.02), seed: 1)
    var isPossible = true
    let best = ContinuousClock().best(of: 20) {
      do throws(QuantizationError) {
        let blocks = try format.quantized(weight, importance: nil, threads: nil)
        let back = try format.dequantized(blocks, threads: nil)
        isPossible = back.squaredDistance(to: weight).isFinite
      } catch { isPossible = false }
    }
    return isPossible ? best / Double(rows * columns) : 0
  }

  /// How much more a weight takes in the model's layer than in the small one.
  private func growth(from width: Double) -> Double {
    let ratio = Double(inputs) / width
    switch rule.method.name {
    case "obq": return ratio * ratio  // every weight changes the inverse of its row
    case "adaround", "aqlm": return ratio  // every weight looks at its row of the sums
    default: return 1
    }
  }
}

extension FormatChoice {
  /// The format of a layer whose model does not matter.
  fileprivate func sampleFormat(isTransposed: Bool) -> any OutputFormat {
    switch self {
    case .dequantized(let type): DequantizedFormat(type: type, isTransposed: isTransposed)
    case .gptq: GPTQFormat(version: .second, writer: "")
    case .compressedTensors: CompressedTensorsFormat(outside: [])
    case .awq: AWQFormat(outside: [])
    case .bitsAndBytes: BitsAndBytesFormat(outside: [], kind: "nf4")
    }
  }
}

extension ContinuousClock {
  /// The seconds of the fastest of several runs, in which others have disturbed least.
  ///
  /// - Parameters:
  ///   - count: The most runs.
  ///   - body: What is timed; it is run again until a tenth of a second is spent, but at least three times if so many
  ///     are allowed.
  /// - Returns: Seconds.
  fileprivate func best(of count: Int = 20, _ body: () -> Void) -> Double {
    var (best, sum, runs) = (Double.infinity, 0.0, 0)
    while runs < count, runs < 3 || sum < 0.1 {
      let start = now
      body()
      let seconds = (now - start).inSeconds
      (best, sum, runs) = (min(best, seconds), sum + seconds, runs + 1)
    }
    return best
  }
}
