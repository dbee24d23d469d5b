import Models
import Quantization
import Tensors

/// What `--json` prints.
struct Inspection: Encodable {
  let schema: Int
  let files: [FileReport]
  /// What `--text` asked for.
  let activations: ActivationReport?
}

/// One file of a checkpoint.
struct FileReport: Encodable {
  let path: String
  let format: String
  let bytes: Int
  let metadata: [String: String]
  let tensors: [TensorReport]
}

/// One tensor, and whether its numbers are fit to quantize.
struct TensorReport: Encodable {
  let name: String
  let type: String
  let shape: [Int]
  let count: Int
  let bytes: Int
  let minimum: Double?
  let maximum: Double?
  let mean: Double?
  let standardDeviation: Double?
  /// Excess kurtosis: 0 for a normal distribution.
  let kurtosis: Double?
  /// The largest magnitude over the standard deviation.
  let outlier: Double?
  /// How many are NaN; nil for a type that is not read as numbers, such as a complex one.
  let notANumber: Int?
  /// How many are infinite as single-precision numbers.
  let infinite: Int?
  /// The largest magnitude of each column of a matrix, where all its elements are finite.
  let channels: ChannelReport?
  /// The largest number, where no weight is as large.
  let implausible: ImplausibleValue?

  init(_ info: CheckpointTensor, in checkpoint: Checkpoint) throws {
    name = info.name
    type = info.type.name
    shape = info.shape
    count = info.count
    bytes = info.byteCount
    let (scan, moments, magnitudes) =
      try Self.figures(of: info, in: checkpoint) ?? (nil, Moments(), nil)
    notANumber = scan?.notANumberCount
    infinite = scan?.infinityCount
    guard let scan, let least = scan.minimum, let most = scan.maximum else {
      minimum = nil
      maximum = nil
      mean = nil
      standardDeviation = nil
      kurtosis = nil
      outlier = nil
      channels = nil
      implausible = nil
      return
    }
    minimum = Double(least)
    maximum = Double(most)
    guard scan.notANumberCount + scan.infinityCount == 0 else {
      mean = nil
      standardDeviation = nil
      kurtosis = nil
      outlier = nil
      channels = nil
      implausible = nil
      return
    }
    let deviation = moments.variance.squareRoot()
    mean = moments.mean
    standardDeviation = deviation
    kurtosis = deviation > 0 ? moments.kurtosis : nil
    outlier = deviation > 0 ? Double(max(abs(least), abs(most))) / deviation : nil
    channels = magnitudes.map(ChannelReport.init)
    // Whole numbers are codes or counts, and a single number is no weight.
    implausible =
      Self.canBeWeights(info.type) && info.count > 1
      ? ImplausibleValue(magnitudes, largest: max(abs(least), abs(most))) : nil
  }

  private static func canBeWeights(_ type: StoredType) -> Bool {
    switch type {
    case .blocks, .numbers(.float16), .numbers(.bfloat16), .numbers(.float32), .numbers(.float64):
      true
    case .numbers: false
    }
  }

  /// The tensor's range and moments, and, of a matrix, the magnitudes of its columns; nil for a type that
  /// is not read as numbers.
  private static func figures(
    of info: CheckpointTensor, in checkpoint: Checkpoint
  ) throws -> (ValueScan?, Moments, ChannelMagnitudes?)? {
    var (scan, moments) = (ValueScan(), Moments())
    let isMatrix = info.shape.count == 2 && info.shape.allSatisfy { $0 > 1 }
    var magnitudes = isMatrix ? ChannelMagnitudes(channels: info.shape[1]) : nil
    do throws(CheckpointError) {
      if case .blocks = info.type {
        let matrix = try checkpoint.decodedMatrix(named: info.name)
        matrix.withUnsafeBufferPointer {
          scan.add($0)
          moments.add($0)
          magnitudes?.add($0)
        }
      } else {
        try checkpoint.withFloatChunks(named: info.name) {
          scan.add($0)
          moments.add($0)
          magnitudes?.add($0)
        }
      }
    } catch {
      guard case .notNumbers = error else { throw error }
      return nil
    }
    return (scan, moments, magnitudes)
  }
}
