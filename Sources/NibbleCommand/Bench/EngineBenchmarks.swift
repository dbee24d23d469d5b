import CKernels
import Grids
import Quantization
import Tensors

/// How fast the engine's kernels are, beside what the memory of this machine gives.
enum EngineBenchmarks {
  private static let runs = 9
  private static let size = 4096

  /// Round-to-nearest, 4 bits in groups of 128, one thread: gigabytes of float32 read a second.
  ///
  /// Twice: with outputs in memory this process has written before, as for every layer of a model but
  /// the first, and in memory the system has yet to hand out, as for that first layer.
  static func roundToNearest() throws -> [Figure] {
    let weight = Matrix(rows: size, columns: size, drawnFrom: .normal(), seed: 1)
    let scheme = QuantizationScheme(bits: 4, granularity: .group(128))
    var figures: [Figure] = []
    defer { nibble_probe_memory(1) }
    for (name, isReused) in [("", Int32(1)), (", fresh memory", 0)] {
      nibble_probe_memory(isReused)
      figures.append(
        try throughput("rtn, 4 bits, group 128, 1 thread" + name, of: weight) {
          _ = try weight.roundedToNearest(scheme, threads: 1)
        })
    }
    return figures
  }

  /// NF4 in blocks of 64, on one thread and on all.
  static func normalFloat() throws -> [Figure] {
    let weight = Matrix(rows: size, columns: size, drawnFrom: .normal(), seed: 2)
    nibble_probe_memory(1)
    return [
      try throughput("nf4, block 64, 1 thread", of: weight) {
        _ = try weight.quantizedInBlocks(.normalFloat4, blockSize: 64, threads: 1)
      },
      try throughput("nf4, block 64, every thread", of: weight) {
        _ = try weight.quantizedInBlocks(.normalFloat4, blockSize: 64, threads: nil)
      },
    ]
  }

  /// The probe and the work in turn, so that a machine that drifts slows both, and the work finds no
  /// weight in a cache: the probe has just read more than any holds.
  private static func throughput(
    _ name: String, of weight: Matrix, _ work: () throws -> Void
  ) throws -> Figure {
    let bytes = Double(weight.count * MemoryLayout<Float>.size)
    let probe = MemoryProbe()
    var values: [Double] = []
    var reads: [Double] = []
    try work()  // warm-up
    for _ in 0..<runs {
      reads.append(probe.gigabytesPerSecond())
      values.append(bytes / (try Stopwatch.seconds(work)) / 1e9)
    }
    return Figure(
      name: name, unit: "GB/s of float32", values: values,
      against: Figure.Probe(name: "memory read, 1 thread", values: reads))
  }
}

/// The memory read bandwidth of one thread, over more than the caches hold.
final class MemoryProbe {
  private let words: [UInt64]

  init(megabytes: Int = 256) {
    words = [UInt64](repeating: 3, count: megabytes << 17)
  }

  /// Reads everything once.
  func gigabytesPerSecond() -> Double {
    var sum: UInt64 = 0
    let seconds = Stopwatch.seconds {
      words.withUnsafeBufferPointer { buffer in
        sum = nibble_probe_read(buffer.baseAddress, buffer.count)
      }
    }
    precondition(sum == 3 * UInt64(words.count), "the probe did not read what it was given")
    return Double(words.count * 8) / seconds / 1e9
  }
}
