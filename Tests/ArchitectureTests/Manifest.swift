import Foundation

/// What `Package.swift` declares, as SwiftPM itself reads it.
struct Manifest {
  /// A target, what it declares, and where its files are.
  struct Target {
    let name: String
    let dependencies: Set<String>
    let folder: URL

    /// Each Swift file and the modules it imports.
    func imports() throws -> [String: Set<String>] {
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      var imports: [String: Set<String>] = [:]
      for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
        let text = try String(contentsOf: file, encoding: .utf8)
        imports[file.lastPathComponent, default: []].formUnion(SwiftImports.modules(in: text))
      }
      return imports
    }
  }

  let targets: [Target]

  /// Every module that a target of this package is or may declare.
  var modules: Set<String> {
    targets.reduce(into: Set(targets.map(\.name))) { $0.formUnion($1.dependencies) }
  }

  /// Everything a target stands on, floor by floor.
  func everything(below name: String) -> Set<String> {
    var found: Set<String> = []
    var waiting = [name]
    while let next = waiting.popLast() {
      for dependency in targets.first(where: { $0.name == next })?.dependencies ?? []
      where found.insert(dependency).inserted {
        waiting.append(dependency)
      }
    }
    return found
  }

  /// Asks SwiftPM, in a scratch folder of its own: the build's is locked while tests run.
  static func load() throws -> Manifest {
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-manifest-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "swift", "package", "--package-path", package.path, "--scratch-path", scratch.path,
      "dump-package",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let described = try JSONDecoder().decode(Description.self, from: data)
    return Manifest(
      targets: described.targets.map { target in
        Target(
          name: target.name, dependencies: Set(target.dependencies.compactMap(\.module)),
          folder: package.appendingPathComponent(target.type == "test" ? "Tests" : "Sources")
            .appendingPathComponent(target.name))
      })
  }

  /// The part of `swift package dump-package` that is read here.
  private struct Description: Decodable {
    struct Target: Decodable {
      let name: String
      let type: String
      let dependencies: [Dependency]
    }

    /// `{"byName": ["Grids", null]}` or `{"product": ["ArgumentParser", "swift-argument-parser", …]}`.
    struct Dependency: Decodable {
      let byName: [String?]?
      let product: [Unread]?

      var module: String? { byName?.first.flatMap { $0 } ?? product?.first?.text }
    }

    /// An element that may be a string, null or an object.
    struct Unread: Decodable {
      let text: String?

      init(from decoder: any Decoder) throws {
        text = try? decoder.singleValueContainer().decode(String.self)
      }
    }

    let targets: [Target]
  }
}
