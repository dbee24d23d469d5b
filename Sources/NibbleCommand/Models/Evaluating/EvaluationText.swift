import Fetching
import Foundation
import Models

/// The text that a model is measured on.
struct EvaluationText {
  /// What to call it in results.
  let name: String
  let text: String

  /// A file, as it is.
  init(file: String) throws {
    name = file.lastPathName
    text = try TextFile.text(of: file)
  }

  /// A data set in the cache, as each protocol reads it.
  ///
  /// - Parameters:
  ///   - dataset: Its name: `datasets/NAME/` in the cache folder, or `datasets/NAME.txt`.
  ///   - protocolUsed: `gptq-N` reads WikiText's lines as the hub's data set has them.
  /// - Throws: `Failure` that says where the text is to be placed.
  init(dataset: String, for protocolUsed: EvaluationProtocol) throws {
    guard !dataset.isEmpty, !dataset.contains("/"), !dataset.hasPrefix(".") else {
      throw Failure(.usage, "--dataset takes a name, not '\(dataset)'; --text takes a file")
    }
    let folder = CacheFolder.standard.datasets
    // The catalogue knows a name in capitals too; its folder has one spelling.
    let spelled = (try? Catalogue.entry(named: dataset))?.name ?? dataset
    let names =
      ["wiki.test.raw", "test.txt"].map { "\(folder)/\(spelled)/\($0)" } + [
        "\(folder)/\(spelled).txt"
      ]
    guard let file = names.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      if let entry = try? Catalogue.entry(named: dataset), entry.kind == .dataset {
        throw Failure(
          .noInput,
          "there is no data set '\(dataset)' in the cache yet; run: nibble fetch \(entry.name)")
      }
      throw Failure(
        .noInput,
        "there is no data set '\(dataset)' in the cache: place its text at \(names[1]) "
          + "(WikiText: \(names[0])), or give a file with --text")
    }
    name = dataset
    let whole = try TextFile.text(of: file)
    if file.hasSuffix("/wiki.test.raw"), case .gptq = protocolUsed {
      text = Self.joined(whole)
    } else {
      text = whole
    }
  }

  /// WikiText as the GPTQ paper reads it: rows of the hub's data set with two line feeds between them.
  ///
  /// A row is a line with its feed, and empty where the line is blank.
  static func joined(_ raw: String) -> String {
    var lines = raw.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }  // after the last feed nothing begins
    return lines.map { $0.allSatisfy { $0 == " " } ? "" : $0 + "\n" }.joined(separator: "\n\n")
  }
}
