import Foundation
import Pipelines

/// What a stage did, in words.
struct StageLines {
  private let record: StageRecord

  init(_ record: StageRecord) { self.record = record }

  /// `smoothquant alpha 0.5: largest input over the median 40 → 6, rtn's E 0.012 → 0.009 of ‖WX‖²`.
  var short: String {
    var parts: [String] = []
    if let before = record.inputRatioBefore, let after = record.inputRatioAfter {
      parts.append(
        "loudest channel over the median \(Self.figure(before)) → \(Self.figure(after))")
    }
    if let before = record.weightRatioBefore, let after = record.weightRatioAfter {
      parts.append("largest weight column \(Self.figure(before)) → \(Self.figure(after))")
    }
    if let before = record.nearestErrorBefore, let after = record.nearestErrorAfter {
      parts.append("rtn's E \(Self.figure(before)) → \(Self.figure(after)) of ‖WX‖²")
    }
    if let change = record.logitChange {
      parts.append(String(format: "float logits moved by %.1g of the largest", change))
    }
    return record.stage + ": " + parts.joined(separator: ", ")
  }

  private static func figure(_ value: Double) -> String { String(format: "%.3g", value) }
}
