import ArgumentParser
import Foundation
import Glibc
import Models
import Tensors
import Terminal

/// `nibble inspect`: what is in a checkpoint, and whether its numbers are fit to quantize.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a checkpoint: shapes, types, ranges, outliers.",
    discussion: """
      Reads safetensors, one file or shards; PyTorch's .bin, .pt and .pth, in which nothing is run; \
      GGUF; llama2.c's .bin. The format is told by content.

      A row a tensor. "outlier" is the largest magnitude over the standard deviation: about 4 for a \
      thousand normal values, 100 where a scale chosen by the maximum will hurt. NaN, infinite values \
      and numbers that no weight has, as a flipped bit leaves them, are warned about.

      Then a map: a row a matrix, and of each column the largest magnitude, shaded by what multiple it \
      is of the matrix's median. A column is an input channel, in GPT-2's own files an output.

      With --text the model reads a text, and a second map shows the inputs of its linear layers: which \
      channels stand out from the others, and where, with their multiples.

      Example: nibble inspect Datasets/models/llama --text Datasets/stories/test.txt
      """
  )

  @Argument(help: "A checkpoint's file, or a folder that holds one.")
  var path: String

  @Option(
    help: ArgumentHelp(
      "A text for the model to read, UTF-8; its tokenizer must be there.", valueName: "file"))
  var text: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Read so many tokens of it at most (default 4096).", valueName: "count"))
  var tokens: Int?

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if text == nil, tokens != nil { throw ValidationError("--tokens goes with --text") }
    if let tokens, tokens < 1 {
      throw ValidationError("--tokens must be at least 1, not \(tokens)")
    }
  }

  func run() throws {
    let path = try ModelPath.resolve(self.path)
    // What the model makes of the text comes last, but a model that cannot read it says so first.
    let activations = try text.map { file in
      let words = try TextFile.text(of: file)
      return try ActivationReport(
        TextModel(path: path), text: file, words, limit: tokens ?? 4096)
    }
    var reports: [FileReport] = []
    let (checkpoints, failures) = try Self.checkpoints(at: path)
    for checkpoint in checkpoints {
      reports += try Self.reports(of: checkpoint)
      for name in checkpoint.unlisted {
        Output.note("note: \(checkpoint.path): the list of shards leaves out \(name)")
      }
    }
    if json {
      try Output.json(Inspection(schema: 1, files: reports, activations: activations))
    } else {
      let settings = TerminalSettings.detect(
        descriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
      for report in reports { Self.print(report) }
      for lines in Self.maps(of: reports, activations, width: settings.width) {
        Output.line()
        for line in lines { Output.line(line.text(usesColor: settings.usesColor)) }
      }
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
      for tensor in report.tensors {
        if let words = tensor.implausible?.words {
          Output.note("warning: \(report.path): \(tensor.name) \(words)")
        }
      }
    }
    // The others have been shown; one that is broken still fails the whole.
    if !failures.isEmpty {
      throw Failure(.badData, failures.map { "\($0)" }.joined(separator: "\nnibble: "))
    }
  }

  /// The checkpoint at a path; of a folder with several, each that can be read, and why others cannot.
  private static func checkpoints(
    at path: String
  ) throws -> (read: [Checkpoint], failures: [CheckpointError]) {
    do throws(CheckpointError) {
      return ([try Checkpoint(path: path)], [])
    } catch {
      guard case .severalCheckpoints(_, let names) = error else { throw error }
      var (read, failures): ([Checkpoint], [CheckpointError]) = ([], [])
      for name in names {
        do throws(CheckpointError) {
          read.append(try Checkpoint(path: (path as NSString).appendingPathComponent(name)))
        } catch {
          failures.append(error)
        }
      }
      guard !read.isEmpty else { throw failures[0] }
      return (read, failures)
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
      "\(report.path)  \(report.format), \(Figures.count(report.tensors.count, "tensor")), "
        + "\(Figures.count(parameters, "value")), \(Figures.bytes(report.bytes))")
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

  /// The weights' map, where there are matrices, and the inputs', where there was a text.
  private static func maps(
    of reports: [FileReport], _ activations: ActivationReport?, width: Int
  ) -> [[StyledLine]] {
    let rows = reports.flatMap(\.tensors).compactMap { tensor in
      tensor.channels.map {
        OutlierMap.Row(name: printable(tensor.name), magnitudes: $0.magnitudes)
      }
    }
    let weights = OutlierMap(
      title: "Weights: the largest |w| of each column, in medians of its matrix", rows: rows)
    return (rows.isEmpty ? [] : [weights.lines(width: width)])
      + (activations.map { [$0.lines(width: width)] } ?? [])
  }

  /// A text on one line, without the characters by which a file could steer the terminal.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
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
