public import Foundation

/// Where the files of tests are, wherever the repository lies.
public enum TestFiles {
  /// The folder `Tests`.
  public static var tests: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  }

  /// A file that an independent framework's answers stand in, as `gguf/imatrix.gguf`.
  ///
  /// - Parameter name: Its path under `Tests/Goldens`.
  /// - Returns: Where it is.
  public static func golden(_ name: String) -> URL {
    tests.appendingPathComponent("Goldens/\(name)")
  }

  /// The JSON of a golden file.
  ///
  /// - Parameters:
  ///   - name: Its path under `Tests/Goldens`.
  ///   - type: What it holds.
  /// - Returns: What was read.
  /// - Throws: Where the file is missing or holds something else.
  public static func golden<Content: Decodable>(
    _ name: String, as type: Content.Type
  ) throws -> Content {
    try JSONDecoder().decode(type, from: Data(contentsOf: golden(name)))
  }

  /// The folder of the test target that a file belongs to.
  static func target(of file: String) -> URL {
    let parts = URL(fileURLWithPath: file).pathComponents
    let inside = tests.pathComponents.count + 1
    return URL(fileURLWithPath: "/" + parts[1..<inside].joined(separator: "/"))
  }
}
