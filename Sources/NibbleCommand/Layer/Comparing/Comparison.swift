import Foundation
import Quantization
import Tensors

/// One layer through many methods: what became of it each time, and what could not be tried.
///
/// The table, the chart, the page and the JSON are all made from this value.
struct Comparison {
  /// One method at one width.
  struct Entry: Encodable {
    let method: String
    /// The width of a code; nil for formats whose codes have several or none.
    let bits: Int?
    let bitsPerWeight: Double
    let weightMSE: Double
    let sqnr: Double
    let outputError: Double?
    let relativeOutputError: Double?
    let seconds: Double
    let peakBytes: Int?
    var onParetoFront = false
    let notes: [String]?

    /// ‖W − Ŵ‖² over ‖W‖²: the signal-to-noise ratio as a share.
    var relativeWeightError: Double { pow(10, -sqnr / 10) }
  }

  /// What was not tried, or refused.
  struct LeftOut: Encodable {
    let method: String
    /// The widths that were asked for; nil where none was.
    var bits: [Int]?
    let reason: String
  }

  /// The layer's file, tensor and shape.
  let file: String
  let tensor: String
  let shape: [Int]
  /// How many inputs the layer has seen; nil where the file holds none.
  let tokens: Int?
  /// The results, by bits per weight and then error.
  let entries: [Entry]
  /// What is missing, in the order of the table of methods.
  let leftOut: [LeftOut]

  /// Marks the front and puts everything in order.
  init(
    file: String, tensor: String, shape: [Int], tokens: Int?, entries: [Entry], leftOut: [LeftOut]
  ) {
    self.file = file
    self.tensor = tensor
    self.shape = shape
    self.tokens = tokens
    self.leftOut = leftOut
    func cost(_ entry: Entry) -> (bits: Double, error: Double) {
      (entry.bitsPerWeight, entry.outputError ?? entry.weightMSE)
    }
    self.entries = entries.map { entry in
      var entry = entry
      let own = cost(entry)
      entry.onParetoFront = !entries.contains { other in
        let other = cost(other)
        return other.bits <= own.bits && other.error <= own.error && other != own
      }
      return entry
    }.sorted { (cost($0).bits, cost($0).error) < (cost($1).bits, cost($1).error) }
  }

  /// Whether the chart shows errors of outputs; of weights where there are no inputs, or only zeros.
  var showsOutputs: Bool {
    entries.allSatisfy { $0.relativeOutputError?.isFinite == true }
      && entries.contains { $0.relativeOutputError ?? 0 > 0 }
  }

  /// The error that the chart shows, a share of the signal.
  func error(of entry: Entry) -> Double {
    showsOutputs ? entry.relativeOutputError ?? 0 : entry.relativeWeightError
  }

  /// What that error is called.
  var errorName: String {
    showsOutputs ? "output error E over ‖WX‖²" : "weight error over ‖W‖²"
  }

  /// The method's name, with the width where the method stands at several.
  func label(of entry: Entry) -> String {
    let isSeveral = entries.count { $0.method == entry.method } > 1
    return isSeveral ? "\(entry.method) \(entry.bits.map(String.init) ?? "?")" : entry.method
  }

  /// What is to be known of the results, the same thing of several widths said once.
  var notes: [String] {
    var said: [(method: String, bits: [Int], note: String)] = []
    for entry in entries {
      for note in entry.notes ?? [] {
        let bits = entry.bits.map { [$0] } ?? []
        if let place = said.firstIndex(where: { $0.method == entry.method && $0.note == note }) {
          said[place].bits += bits
        } else {
          said.append((entry.method, bits, note))
        }
      }
    }
    return said.map { method, bits, note in
      let isSeveral = entries.count { $0.method == method } > 1
      let widths = isSeveral ? " " + bits.map(String.init).joined(separator: ", ") : ""
      return "\(method)\(widths): \(note)"
    }
  }
}
