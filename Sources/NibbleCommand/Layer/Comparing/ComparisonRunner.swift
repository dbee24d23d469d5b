import Foundation
import Quantization
import Tensors

/// Takes one layer through the methods that were asked for, one after the other.
struct ComparisonRunner {
  let layer: LayerFile
  /// The methods that were named; nil for all that are not slow.
  let methods: [LayerMethod]?
  /// The widths that were asked for; nil for each method's own.
  let bits: [Int]?
  let options: LayerOptions

  /// Runs everything.
  func run() throws -> Comparison {
    let input = try layer.input()
    var entries: [Comparison.Entry] = []
    var leftOut: [Comparison.LeftOut] = []
    var runs: [(method: LayerMethod, bits: Int?)] = []
    for method in methods ?? LayerMethod.all {
      if let reason = reason(against: method, input) {
        leftOut.append(.init(method: method.name, reason: reason))
      } else {
        let widths = method.options.contains(.bits) ? bits.map { $0.map(Optional.some) } : nil
        runs += (widths ?? [nil]).map { (method, $0) }
      }
    }
    warmUp(input)
    var failures: [QuantizationError] = []
    for (index, run) in runs.enumerated() {
      do {
        let place = "\(index + 1) of \(runs.count)"
        entries.append(try entry(of: run.method, bits: run.bits, input: input, place: place))
      } catch let error as QuantizationError {
        failures.append(error)
        Self.add(run.method.name, bits: run.bits, because: "\(error)", to: &leftOut)
      }
    }
    Output.status("")
    guard !entries.isEmpty else {
      let isUsage = failures.first.map { $0.kind == .usage } ?? false
      let reasons = leftOut.map { "\n  \($0.method): \($0.reason)" }.joined()
      throw Failure(isUsage ? .usage : .badData, "\(layer.path): no method could run:\(reasons)")
    }
    let order = LayerMethod.all.map(\.name)
    return Comparison(
      file: layer.path, tensor: layer.tensorName,
      shape: [input.weight.rows, input.weight.columns], tokens: input.activations?.rows,
      entries: entries,
      leftOut: leftOut.sorted {
        order.firstIndex(of: $0.method) ?? 0 < order.firstIndex(of: $1.method) ?? 0
      })
  }

  /// Why a method is not tried at all.
  private func reason(against method: LayerMethod, _ input: LayerInput) -> String? {
    if method.needs != .nothing, input.activations == nil {
      return "needs the layer's inputs, and the file has no activations"
    }
    if method.isSlow, methods == nil { return "slow; ask for it with --methods \(method.name)" }
    return nil
  }

  /// One run, timed and measured.
  private func entry(
    of method: LayerMethod, bits: Int?, input: LayerInput, place: String
  ) throws -> Comparison.Entry {
    let name = bits.map { "\(method.name) at \($0) bits" } ?? method.name
    var options = options
    options.bits = bits
    if !method.options.contains(.groupSize) { options.groupSize = nil }
    let line = ProgressLine("\(name), \(place)")
    options.progress = { line.show($0) }
    let clock = ContinuousClock()
    var seconds = 0.0
    let (result, bytes) = try ResidentMemory.rise {
      let start = clock.now
      defer { seconds = (clock.now - start).seconds }
      return try method.quantize(input, options)
    }
    let errors = LayerErrors(input, result)
    return Comparison.Entry(
      method: method.name, bits: bits ?? Self.width(of: result.storage),
      bitsPerWeight: result.bitsPerWeight, weightMSE: errors.weightMSE, sqnr: errors.sqnr,
      outputError: errors.outputError, relativeOutputError: errors.relativeOutputError,
      seconds: seconds, peakBytes: bytes, notes: result.notes.isEmpty ? nil : result.notes)
  }

  /// The width of the codes, where all of them have one and there is one a weight.
  private static func width(of storage: StorageCost) -> Int? {
    let codes = storage.items.filter { $0.name == "codes" }
    guard codes.count == 1, codes[0].count == storage.weights else { return nil }
    return codes[0].bitsEach
  }

  /// Adds a refusal; the same one at several widths is said once.
  private static func add(
    _ method: String, bits: Int?, because reason: String, to leftOut: inout [Comparison.LeftOut]
  ) {
    if let last = leftOut.indices.last, leftOut[last].method == method, let bits {
      let isSame = leftOut[last].reason == reason || leftOut[last].bits != nil
      if isSame {
        leftOut[last].bits = (leftOut[last].bits ?? []) + [bits]
        return
      }
    }
    leftOut.append(.init(method: method, bits: bits.map { [$0] }, reason: reason))
  }

  /// Lets the library of matrix products take the memory it keeps, so that no method is charged for it.
  private func warmUp(_ input: LayerInput) {
    let inputs = input.activations ?? Matrix.identity(min(64, input.weight.columns))
    guard inputs.columns == input.weight.columns else { return }
    _ = inputs.multiplyingTransposed(input.weight)
  }
}
