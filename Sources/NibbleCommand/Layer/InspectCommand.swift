import ArgumentParser
import Foundation
import Tensors

/// `nibble inspect`: what is in a checkpoint, and whether its numbers are fit to quantize.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a safetensors file or folder: shapes, types, ranges, outliers.",
    discussion: """
      A row a tensor. "outlier" is the largest magnitude over the standard deviation: about 4 for a \
      thousand normal values, 100 where a scale chosen by the maximum will hurt. NaN and infinite \
      values are counted and warned about.

      Example: nibble inspect model.safetensors
      """
  )

  @Argument(help: "A .safetensors file, or a folder that holds some.")
  var path: String

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() throws {
    var reports: [FileReport] = []
    for file in try Self.files(at: path) {
      reports.append(try Self.report(of: file))
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

  /// The files to look into: the file itself, or every safetensors file of a folder by name.
  private static func files(at path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure(.noInput, "\(path): no such file or folder")
    }
    guard isFolder.boolValue else { return [path] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw Failure(.noInput, "\(path): the folder cannot be read: \(error.localizedDescription)")
    }
    let files = names.filter { $0.hasSuffix(".safetensors") }.sorted()
    guard !files.isEmpty else {
      throw Failure(.noInput, "\(path): no .safetensors file in this folder")
    }
    return files.map { (path as NSString).appendingPathComponent($0) }
  }

  private static func report(of path: String) throws -> FileReport {
    let file = try SafetensorsFile(path: path)
    var tensors: [TensorReport] = []
    for info in file.entries {
      tensors.append(try TensorReport(info, in: file))
    }
    return FileReport(
      path: path, bytes: file.fileSize, metadata: file.metadata, tensors: tensors)
  }

  private static func print(_ report: FileReport) {
    let parameters = report.tensors.reduce(0) { $0 + $1.count }
    Output.line(
      "\(report.path)  \(report.tensors.count) tensors, \(parameters) values, "
        + Figures.bytes(report.bytes))
    for (key, value) in report.metadata.sorted(by: { $0.key < $1.key }) {
      Output.line("  \(key): \(value)")
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
        tensor.name, tensor.type, "[" + tensor.shape.map(String.init).joined(separator: ", ") + "]",
        text(tensor.minimum), text(tensor.maximum), text(tensor.mean),
        text(tensor.standardDeviation), text(tensor.kurtosis), text(tensor.outlier),
        tensor.notANumber.map(String.init) ?? "-", tensor.infinite.map(String.init) ?? "-")
    }
    for line in table.lines { Output.line("  " + line) }
  }
}

/// What `--json` prints.
private struct Inspection: Encodable {
  let schema: Int
  let files: [FileReport]
}

private struct FileReport: Encodable {
  let path: String
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

  init(_ info: TensorInfo, in file: SafetensorsFile) throws {
    name = info.name
    type = info.type.rawValue
    shape = info.shape
    count = info.count
    bytes = info.byteCount
    let scan = try Self.scan(of: info, in: file)
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
    let moments = try file.moments(named: info.name)
    let deviation = moments.variance.squareRoot()
    mean = moments.mean
    standardDeviation = deviation
    kurtosis = deviation > 0 ? moments.kurtosis : nil
    outlier = deviation > 0 ? Double(max(abs(least), abs(most))) / deviation : nil
  }

  /// The tensor's range; nil for a type that is not read as numbers.
  private static func scan(of info: TensorInfo, in file: SafetensorsFile) throws -> ValueScan? {
    do {
      return try file.scan(named: info.name)
    } catch {
      guard case .unreadableType = error else { throw error }
      return nil
    }
  }
}
