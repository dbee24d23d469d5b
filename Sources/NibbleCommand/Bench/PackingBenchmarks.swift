import CKernels
import Quantization

/// How fast codes go into their bits and back.
enum PackingBenchmarks {
  private static let runs = 9
  private static let size = 4096

  /// Gigabytes of codes a second, one a byte, on one thread, at every width that is stored.
  ///
  /// Beside the goal of 1 GB/s a core.
  static func all() throws -> [Figure] {
    nibble_probe_memory(1)
    return try (2...8).flatMap { bits in
      let codes = Codes(
        bytes: (0..<size * size).map { UInt8(truncatingIfNeeded: $0 &* 37) & UInt8(1 << bits - 1) },
        isSigned: false)
      let packed = try PackedCodes(codes, rows: size, columns: size, bits: bits)
      return [
        try figure("packing, \(bits) bits") {
          _ = try PackedCodes(codes, rows: size, columns: size, bits: bits)
        },
        try figure("unpacking, \(bits) bits") { _ = packed.unpacked() },
      ]
    }
  }

  private static func figure(_ name: String, _ work: () throws -> Void) throws -> Figure {
    try work()  // warm-up
    let values = try (0..<runs).map { _ in
      Double(size * size) / (try Stopwatch.seconds(work)) / 1e9
    }
    return Figure(
      name: name + ", 1 thread", unit: "GB/s of codes", values: values,
      against: Figure.Probe(
        name: "the goal of 1 GB/s", values: [Double](repeating: 1, count: runs)))
  }
}
