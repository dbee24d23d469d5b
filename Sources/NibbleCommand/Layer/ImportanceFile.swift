import Foundation
import Quantization
import Tensors

/// What `--imatrix` names: a number for each input channel, its mean x² on calibration data.
enum ImportanceFile {
  /// The word that asks for the layer's own inputs in the place of a file.
  static let ownActivations = "activations"

  /// The importance of each input channel.
  ///
  /// - Parameters:
  ///   - name: A file, or the word for the layer's own inputs.
  ///   - tensor: The tensor that was asked for; nil where none was named.
  ///   - input: The layer.
  ///   - file: Where the layer is from, for the message.
  /// - Returns: As many numbers as the entry has.
  /// - Throws: What the file is not, or `Failure` for an entry that is not there.
  static func values(
    _ name: String, tensor: String?, input: LayerInput, file: String
  ) throws -> [Float] {
    if name == ownActivations {
      guard let activations = input.activations else {
        throw Failure(
          .badData,
          "\(file): --imatrix activations takes the layer's own inputs and there are none; add a "
            + "tensor activations [tokens, in], name one with --activations, or give a file")
      }
      return activations.columnMeanSquares
    }
    return GGUFFile.isGGUF(path: name)
      ? try imatrix(at: name, tensor: tensor) : try row(at: name)
  }

  /// A row `importance` of a safetensors file.
  private static func row(at path: String) throws -> [Float] {
    if path.hasSuffix(".dat") {
      throw Failure(
        .badData,
        "\(path): llama.cpp's older imatrix.dat is not read; let llama-imatrix write it as GGUF")
    }
    let file = try SafetensorsFile(path: path)
    let matrix = try file.matrix(named: "importance")
    guard matrix.rows == 1 else {
      throw Failure(
        .badData,
        "\(path): importance is \(matrix.rows) × \(matrix.columns); one row, a number for each "
          + "input channel, was expected")
    }
    return matrix.row(0)
  }

  /// One entry of llama.cpp's importance matrix: the sum of x² of each channel over the count.
  private static func imatrix(at path: String, tensor: String?) throws -> [Float] {
    let file = try GGUFFile(path: path)
    let sums = ".in_sum2"
    let entries = file.names.filter { $0.hasSuffix(sums) }.map { String($0.dropLast(sums.count)) }
    guard let only = entries.first else {
      throw Failure(
        .badData,
        "\(path): not an importance matrix: no tensor's name ends in \(sums); llama-imatrix writes "
          + "such files")
    }
    let entry: String
    if let tensor, entries.contains(tensor) {
      entry = tensor
    } else if entries.count == 1 {
      entry = only
    } else {
      let few = entries.prefix(3).joined(separator: ", ")
      throw Failure(
        tensor == nil ? .badData : .noInput,
        "\(path): \(entries.count) entries and none called '\(tensor ?? "weight")'; name the tensor "
          + "with --tensor as they are called there: \(few)\(entries.count > 3 ? ", …" : "")")
    }
    let squares = try file.matrix(named: entry + sums)
    let counts = try file.matrix(named: entry + ".counts")
    guard squares.rows == 1, counts.count == 1 else {
      throw Failure(
        .badData,
        "\(path): \(entry) holds \(squares.rows) rows of sums and \(counts.count) counts; a layer with "
          + "one matrix was expected, not experts")
    }
    let count = counts[0, 0]
    guard count > 0, count.isFinite else {
      throw Failure(
        .badData, "\(path): \(entry) was seen by \(count) tokens; its importance says nothing")
    }
    return squares.row(0).map { $0 / count }
  }
}
