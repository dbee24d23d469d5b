import Foundation
import TestSupport
import Testing

/// The Swift half of `Goldens/ranges/golden_data.py`: the same numbers, bit for bit.
struct GoldenData: Decodable {
  var kind: String
  var count: Int
  var seed: UInt64
  var factor: Double

  /// The values, in order.
  var values: [Float] {
    var draw = Uniform(state: seed)
    return (0..<count).map { Float(value(at: $0, &draw) * factor) }
  }

  /// Numbers from 0 up to 1, from the upper bits of a linear congruential generator.
  private struct Uniform {
    var state: UInt64

    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24)
    }

    /// Twelve of them less six.
    mutating func bell() -> Double {
      var total = 0.0
      for _ in 0..<12 { total += next() }
      return total - 6
    }
  }

  private func value(at index: Int, _ draw: inout Uniform) -> Double {
    switch kind {
    case "normal": return draw.bell()
    case "relu": return max(0, draw.bell())
    case "negative": return -1 - 2 * draw.next()
    case "positive": return 3 + draw.next()
    case "heavy":
      let numerator = draw.next() - 0.5
      return numerator / (draw.next() + 0.01)
    case "outliers": return draw.bell() * (index % 701 == 350 ? 30 : 1)
    case "steps": return (Double(Int(draw.next() * 33)) - 16) / 8
    case "growing": return draw.bell() * (1 + Double(index) / 500)
    case "constant": return 2.5
    default: return 0
    }
  }
}

/// One case of a golden file: what was observed, how, and what came out.
struct GoldenRange: Decodable, CustomTestStringConvertible {
  var observer: String
  var data: GoldenData
  var shape: [Int]
  var batches: Int
  var axis: Int?
  var bits: Int
  var signed: Bool
  var symmetric: Bool
  var percentile: Double?
  var bins: Int?
  var minimum: [Double]
  var maximum: [Double]
  var scale: [Double]
  var zeroPoint: [Int]
  var meanSquaredError: [Double]
  var relativeTolerance: Double?

  var testDescription: String {
    "\(observer) of \(data.kind)×\(data.factor) (seed \(data.seed)), \(shape) in \(batches), "
      + "\(bits) bits\(signed ? " signed" : "")\(symmetric ? " symmetric" : "")"
  }
}

extension GoldenRange {
  private struct File: Decodable {
    struct Tolerance: Decodable {
      var relative: Double
    }

    var tolerance: Tolerance
    var cases: [GoldenRange]
  }

  /// The cases of `Tests/Goldens/ranges/NAME.json`, each with the file's tolerance.
  static func load(_ name: String) throws -> [GoldenRange] {
    let file = try TestFiles.golden("ranges/\(name).json", as: File.self)
    return file.cases.map { golden in
      var golden = golden
      golden.relativeTolerance = file.tolerance.relative
      return golden
    }
  }
}
