import Fetching
import Foundation

/// What `--model` takes: a path, or the name of a model that `nibble fetch` brings.
enum ModelPath {
  /// The path of a model.
  ///
  /// A path that leads somewhere is that path, whatever the catalogue has.
  ///
  /// - Parameter text: A path or a name.
  /// - Returns: The path; of a name, the folder in the cache.
  /// - Throws: `Failure` for a name of the catalogue that has not been fetched, and for the folder of a
  ///   training run that is not finished.
  static func resolve(_ text: String) throws -> String {
    if FileManager.default.fileExists(atPath: text) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: text)) ?? []
      if names.contains(TrainingFolder.stateName), !names.contains("model.safetensors") {
        throw Failure(
          .noInput,
          "\(text): a training run that is not finished, without a model yet; the same nibble train "
            + "command goes on with it")
      }
      return text
    }
    guard let entry = try? Catalogue.entry(named: text), entry.kind == .model else { return text }
    let cache = CacheFolder.standard
    guard cache.holds(entry) else {
      throw Failure(
        .noInput,
        "\(text): nothing is there, and \(entry.name) of the catalogue is not in the cache yet "
          + "(\(cache.folder(of: entry))); run: nibble fetch \(entry.name)")
    }
    return cache.folder(of: entry)
  }
}
