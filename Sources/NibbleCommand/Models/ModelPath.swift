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
  /// - Throws: `Failure` for a name of the catalogue that has not been fetched.
  static func resolve(_ text: String) throws -> String {
    if FileManager.default.fileExists(atPath: text) { return text }
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
