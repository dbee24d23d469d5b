import ArgumentParser
import Foundation
import Quantization
import Tensors

/// `nibble inspect`: what is in a checkpoint, and whether its numbers are fit to quantize.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a checkpoint: shapes, types, ranges, outliers.",
    discussion: """
      Reads safetensors, one file or shards; PyTorch's .bin, .pt and .pth, in which nothing is run; \
      GGUF; llama2.c's .bin. The format is told by content.

      A row a tensor. "outlier" is the largest magnitude over the standard deviation: about 4 for a \
      thousand normal values, 100 where a scale chosen by the maximum will hurt. NaN and infinite \
      values are counted and warned about.

      Example: nibble inspect model.safetensors
      """
  )

  @Argument(help: "A checkpoint's file, or a folder that holds one.")
  var path: String

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() throws {
    var reports: [FileReport] = []
    for checkpoint in try Self.checkpoints(at: path) {
      reports += try Self.reports(of: checkpoint)
      for name in checkpoint.unlisted {
        Output.note("note: \(checkpoint.path): the list of shards leaves out \(name)")
      }
    }
    if json {
      try Output.json(Inspection(schema: 1, files: reports))
    } else {
      for report in reports { Self.print(report) }
    }
    for report in reports {
      for tensor in report.tensors {
        guard let notANumber = tensor.notANumber, let infinite = tensor.infinite,
          notANumber + infinite > 0
        else { continue }
        Output.note(
          "warning: \(report.path): \(tensor.name) holds \(notANumber) NaN and "
            + "\(infinite) infinite values; quantizing it will be refused")
      }
    }
  }

  /// The checkpoint at a path; of a folder with several, each.
  private static func checkpoints(at path: String) throws -> [Checkpoint] {
    do throws(CheckpointError) {
      return [try Checkpoint(path: path)]
    } catch {
      guard case .severalCheckpoints(_, let names) = error else { throw error }
      return try names.map { try Checkpoint(path: (path as NSString).appendingPathComponent($0)) }
    }
  }

  /// A report a file; what the files say beside their tensors stands with the first.
  private static func reports(of checkpoint: Checkpoint) throws -> [FileReport] {
    var tensors = [[TensorReport]](repeating: [], count: checkpoint.files.count)
    for info in checkpoint.tensors {
      tensors[info.fileIndex].append(try TensorReport(info, in: checkpoint))
    }
    return checkpoint.files.indices.map { number in
      FileReport(
        path: checkpoint.files[number], format: checkpoint.format.rawValue,
        bytes: checkpoint.fileSizes[number],
        metadata: number == 0 ? checkpoint.metadata.mapValues(\.words) : [:],
        tensors: tensors[number])
    }
  }

  private static func print(_ report: FileReport) {
    let parameters = report.tensors.reduce(0) { $0 + $1.count }
    Output.line(
      "\(report.path)  \(report.format), \(report.tensors.count) tensors, "
        + "\(parameters) values, \(Figures.bytes(report.bytes))")
    for (key, value) in report.metadata.sorted(by: { $0.key < $1.key }) {
      let line = printable(value.count > 100 ? value.prefix(100) + "…" : value)
      Output.line("  \(printable(key)): \(line)")
    }
    guard !report.tensors.isEmpty else { return }
    var table = TextTable(
      "tensor", "type", "shape", "minimum", "maximum", "mean", "deviation", "kurtosis", "outlier",
      "NaN", "inf")
    for tensor in report.tensors {
      func text(_ value: Double?) -> String {
        value.map { String(format: "%.4g", $0) } ?? "-"
      }
      table.add(
        printable(tensor.name), tensor.type,
        "[" + tensor.shape.map(String.init).joined(separator: ", ") + "]",
        text(tensor.minimum), text(tensor.maximum), text(tensor.mean),
        text(tensor.standardDeviation), text(tensor.kurtosis), text(tensor.outlier),
        tensor.notANumber.map(String.init) ?? "-", tensor.infinite.map(String.init) ?? "-")
    }
    for line in table.lines { Output.line("  " + line) }
  }

  /// A text on one line, without the characters by which a file could steer the terminal.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}

/// What `--json` prints.
private struct Inspection: Encodable {
  let schema: Int
  let files: [FileReport]
}

private struct FileReport: Encodable {
  let path: String
  let format: String
  let bytes: Int
  let metadata: [String: String]
  let tensors: [TensorReport]
}

private struct TensorReport: Encodable {
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

  init(_ info: CheckpointTensor, in checkpoint: Checkpoint) throws {
    name = info.name
    type = info.type.name
    shape = info.shape
    count = info.count
    bytes = info.byteCount
    let (scan, moments) = try Self.figures(of: info, in: checkpoint) ?? (nil, Moments())
    notANumber = scan?.notANumberCount
    infinite = scan?.infinityCount
    guard let scan, let least = scan.minimum, let most = scan.maximum else {
      minimum = nil
      maximum = nil
      mean = nil
      standardDeviation = nil
      kurtosis = nil
      outlier = nil
      return
    }
    minimum = Double(least)
    maximum = Double(most)
    guard scan.notANumberCount + scan.infinityCount == 0 else {
      mean = nil
      standardDeviation = nil
      kurtosis = nil
      outlier = nil
      return
    }
    let deviation = moments.variance.squareRoot()
    mean = moments.mean
    standardDeviation = deviation
    kurtosis = deviation > 0 ? moments.kurtosis : nil
    outlier = deviation > 0 ? Double(max(abs(least), abs(most))) / deviation : nil
  }

  /// The tensor's range and moments; nil for a type that is not read as numbers.
  private static func figures(
    of info: CheckpointTensor, in checkpoint: Checkpoint
  ) throws -> (ValueScan?, Moments)? {
    var (scan, moments) = (ValueScan(), Moments())
    do throws(CheckpointError) {
      if case .blocks = info.type {
        let matrix = try checkpoint.decodedMatrix(named: info.name)
        matrix.withUnsafeBufferPointer {
          scan.add($0)
          moments.add($0)
        }
      } else {
        try checkpoint.withFloatChunks(named: info.name) {
          scan.add($0)
          moments.add($0)
        }
      }
    } catch {
      guard case .notNumbers = error else { throw error }
      return nil
    }
    return (scan, moments)
  }
}

extension GGUFValue {
  /// The value as a text; of a list, its first items and how many there are.
  fileprivate var words: String {
    func list(_ items: [some Any]) -> String {
      let shown = items.prefix(6).map { "\($0)" }.joined(separator: ", ")
      return items.count > 6 ? "\(shown), … (\(items.count))" : shown
    }
    switch self {
    case .integer(let value): return "\(value)"
    case .unsigned(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .boolean(let value): return "\(value)"
    case .string(let value): return value
    case .integers(let values): return list(values)
    case .numbers(let values): return list(values)
    case .booleans(let values): return list(values)
    case .strings(let values): return list(values)
    }
  }
}
