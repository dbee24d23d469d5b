import ArgumentParser
import Models
import Pipelines

/// `--memory`: a number of bytes, with KB, MB, GB or TB after it if one likes.
struct MemoryLimit: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let units = ["KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12]
    let unit = units.first { argument.uppercased().hasSuffix($0.key) }
    let digits = unit == nil ? argument : String(argument.dropLast(2))
    guard let number = Double(digits), number > 0 else { return nil }
    let value = number * (unit?.value ?? 1)
    guard value >= 1, value < 1e18 else { return nil }
    bytes = Int(value)
  }

  /// Whether a block's layers must be measured in turn for a run to fit; refuses one that does not even then.
  func asksForTurns(_ job: QuantizationRun) throws -> Bool {
    if ModelPlan(job).peakBytes <= Double(bytes) { return false }
    var turned = job
    turned.inTurn = true
    let least = ModelPlan(turned)
    try require(least.memory, of: "the run")
    return true
  }

  /// Refuses what takes more: the layers of a block are all measured at once for a profile.
  func require(_ plan: SharedBitsPlan) throws {
    try require(plan.memory, of: "sharing out bits")
  }

  private func require(_ memory: [ModelPlan.Part], of work: String) throws {
    let needed = memory.reduce(0) { $0 + $1.amount }
    guard needed > Double(bytes) else { return }
    let largest = memory.sorted { $0.amount > $1.amount }.prefix(2).map {
      "\($0.name) \(Figures.bytes(Int($0.amount)))"
    }
    throw Failure(
      .usage,
      "\(work) takes about \(Figures.bytes(Int(needed))) of memory (\(largest.joined(separator: ", "))), and "
        + "--memory allows \(Figures.bytes(bytes)); use fewer --samples or a shorter --sequence-length, or allow more"
    )
  }
}
