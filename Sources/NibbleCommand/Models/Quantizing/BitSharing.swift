import Foundation
import Models
import Pipelines
import Quantization

/// Bits shared out among the layers of a model: `--target-bits`.
struct BitSharing {
  /// The recipe with a width for every layer.
  let recipe: QuantizationRecipe
  /// What could be had for how much.
  let front: [Point]

  /// One allocation that no other beats.
  struct Point: Encodable {
    let bitsPerWeight: Double
    /// The sum of the layers' relative output errors, each quantized alone.
    let loss: Double
    /// Whether it is the one that was taken.
    let isChosen: Bool
  }

  /// Measures every layer at every width, or takes what an earlier run has measured, and shares out.
  ///
  /// - Parameters:
  ///   - job: The run, with a recipe whose bits do not matter.
  ///   - output: What the run is to make; what is measured is kept beside it.
  ///   - plan: What is known before: widths and bits a weight.
  ///   - kept: Told of what is kept.
  /// - Throws: What the measurement throws.
  init(
    _ job: QuantizationRun, for output: String, _ plan: SharedBitsPlan, kept: KeptWork
  ) throws {
    let (widths, bits) = (plan.widths.map(\.bits), plan.target)
    var done = 0
    let line = ProgressLine("measuring what each layer loses")
    let count = Double(job.source.model.linearLayers.count)
    let profiles = try job.sensitivities(widths: widths, for: output) { event in
      kept.show(event)
      switch event {
      case .putBack(let output): QuantizationProgress.tellPutBack(output)
      case .resumed(let blocks, let count):
        Output.note(
          "what the layers of \(blocks) of \(count) blocks lose was measured by an earlier run")
      case .layer:
        done += 1
        line.show(Double(done) / count)
      case .block: break
      }
    }
    line.end()
    let budget = try BitBudget(profiles)
    let chosen = try budget.allocation(forBitsPerWeight: bits)
    recipe = job.recipe.applying(chosen, of: budget)
    var points = budget.hull.map {
      Point(bitsPerWeight: $0.bitsPerWeight, loss: $0.loss, isChosen: $0.bytes == chosen.bytes)
    }
    if !points.contains(where: \.isChosen) {
      points.append(
        Point(bitsPerWeight: chosen.bitsPerWeight, loss: chosen.loss, isChosen: true))
    }
    front = points.sorted { $0.bitsPerWeight < $1.bitsPerWeight }
    show(chosen, of: budget, widths: widths)
  }

  /// What is known before anything is measured; refuses what the measurement would.
  ///
  /// - Parameters:
  ///   - job: The run, with a recipe whose bits do not matter.
  ///   - bits: A weight, all layers together.
  ///   - widths: The widths to choose from.
  ///   - memory: What may be used of memory.
  /// - Returns: What each width takes, and the profile's own work and memory.
  /// - Throws: `Failure` for widths that are none or a limit that is too low, and what the plan refuses.
  static func plan(
    _ job: QuantizationRun, bits: Double, widths: String?, memory: MemoryLimit?
  ) throws -> SharedBitsPlan {
    guard job.calibration != nil else {
      throw Failure(.usage, "--target-bits measures what each layer loses; give --calibration")
    }
    let plan = try SharedBitsPlan(job, widths: try Self.widths(widths ?? "2,3,4,8"), target: bits)
    try memory?.require(plan)
    return plan
  }

  private static func widths(_ list: String) throws -> [Int] {
    let numbers = list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let widths = numbers.compactMap { $0 }.filter { (1...8).contains($0) }
    guard widths.count == numbers.count, Set(widths).count == widths.count else {
      throw Failure(
        .usage, "--widths takes different numbers from 1 to 8, as in 3,4,8, not '\(list)'")
    }
    return widths.sorted()
  }

  /// A few points of the front, and how many layers have which width.
  private func show(_ chosen: BitAllocation, of budget: BitBudget, widths: [Int]) {
    let counts = widths.map { width in "\(chosen.bits.count { $0 == width }) at \(width)" }
    Output.note(
      String(format: "bits shared out: %.4g a weight, layers: ", chosen.bitsPerWeight)
        + counts.joined(separator: ", "))
    let step = max(1, front.count / 8)
    for (index, point) in front.enumerated()
    where point.isChosen || index % step == 0 || index == front.count - 1 {
      Output.note(
        String(format: "  %6.3f bits a weight: loss %.4g", point.bitsPerWeight, point.loss)
          + (point.isChosen ? "  ← taken" : ""))
    }
    for width in widths {
      if let uniform = budget.uniform(bits: width) {
        Output.note(
          String(
            format: "  all at %d: %.3f bits a weight, loss %.4g", width, uniform.bitsPerWeight,
            uniform.loss))
      }
    }
  }
}
