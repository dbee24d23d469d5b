import Tensors

/// An importance matrix on disk: a number for each input channel.
enum ImportanceFile {
  /// The importance of each input channel in a safetensors file with one row `importance`.
  static func values(at path: String) throws -> [Float] {
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
}
