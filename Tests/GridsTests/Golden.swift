import Foundation
import Grids
import TestSupport

/// The golden vectors that `Tests/Goldens/grids/make_goldens.py` wrote.
enum Golden {
  static func load<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
    try TestFiles.golden("grids/\(name)", as: type)
  }
}

/// Floats from the bit patterns a golden file holds.
func floats(_ patterns: [UInt32]) -> [Float] {
  patterns.map { Float(bitPattern: $0) }
}

/// Seeded numbers, uniform between two ends.
func uniform(_ count: Int, from lowest: Double, to highest: Double, seed: UInt64) -> [Double] {
  let generator = CounterGenerator(seed: seed)
  return (0..<count).map { lowest + (highest - lowest) * generator.uniform(at: $0) }
}

/// Seeded numbers from a standard normal distribution.
func normal(_ count: Int, seed: UInt64) -> [Float] {
  uniform(count, from: 0x1p-53, to: 1, seed: seed).map { Float(normalQuantile($0)) }
}
