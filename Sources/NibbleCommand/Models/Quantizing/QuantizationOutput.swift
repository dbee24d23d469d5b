import Foundation
import Glibc
import Pipelines

/// Where a quantized model is to stand: what cannot be is refused before hours of work, not after.
enum QuantizationOutput {
  /// Refuses a place that cannot be written, or where something would be lost.
  ///
  /// - Parameters:
  ///   - out: The folder or file to make.
  ///   - model: The model that is read; it may not be the output or lie in it.
  ///   - force: Whether what is there may be replaced.
  /// - Throws: `Failure` with what to do instead.
  static func check(_ out: String, model: String, replacing force: Bool) throws {
    guard !["", ".", ".."].contains(out.lastPathName) else {
      throw Failure(.usage, "--out takes the name of what is to be made, not '\(out)'")
    }
    QuantizationRun.tidyUp(after: out)
    var status = stat()
    guard lstat(out, &status) == 0 else { return try QuantizationRun.requireRoom(beside: out) }
    if status.st_mode & S_IFMT == S_IFLNK, stat(out, &status) != 0 {
      throw Failure(
        .cannotWrite,
        "\(out): a link to nothing stands there; remove it, or give --out another name")
    }
    let (place, source) = (resolved(out), resolved(model))
    if place == source {
      throw Failure(.cannotWrite, "\(out): this is the model itself; give --out another name")
    }
    if source.hasPrefix(place + "/") {
      throw Failure(.cannotWrite, "\(out): the model \(model) lies in it; give --out another name")
    }
    if place.hasPrefix(source + "/"), status.st_mode & S_IFMT != S_IFDIR {
      throw Failure(
        .cannotWrite, "\(out): this is a file of the model itself; give --out another name")
    }
    if !force {
      if QuantizationRun.isUnfinished(out) { return }
      throw Failure(.cannotWrite, "\(out): exists already; use --force to replace it")
    }
    if status.st_mode & S_IFMT == S_IFDIR, !isModel(out) {
      throw Failure(
        .cannotWrite,
        "\(out): a folder with other things than a model in it is not replaced; remove it, or give --out another "
          + "name")
    }
    try QuantizationRun.requireRoom(beside: out)
  }

  /// Makes the folder above the output.
  static func makeParent(of out: String) throws {
    try OutputFolder.make(OutputFolder.parent(of: out))
  }

  /// Refuses a folder above the output that ``makeParent(of:)`` could not make, without making it.
  static func checkParent(of out: String) throws {
    try OutputFolder.check(OutputFolder.parent(of: out))
  }

  /// Whether a folder is empty, or a model's.
  private static func isModel(_ folder: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.isEmpty || names.contains("config.json")
      || names.contains("nibble-quantization.json") || names.allSatisfy { $0.hasSuffix(".gguf") }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
