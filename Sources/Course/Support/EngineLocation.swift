/// Where the engine is that chapters are compiled against: its Swift modules and its library.
///
/// Three layouts are known: a SwiftPM build folder (`Modules/` and `libNibble.so` beside the `nibble`
/// executable), an installed one (`PREFIX/bin/nibble` with `PREFIX/lib/nibble`), and a folder that
/// `NIBBLE_ENGINE` names, of either kind.
public struct EngineLocation: Sendable, Hashable {
  /// The shared library that chapters link.
  public let library: String
  /// The folder of its `.swiftmodule` files.
  public let modules: String
  /// Names of the C modules its Swift modules were built with.
  ///
  /// The compiler asks for them even where they are implementation details, but looks at nothing
  /// inside: empty modules of those names answer, and no C header need be installed.
  public let shims: [String]

  /// The engine in a known folder.
  ///
  /// - Parameter folder: A build folder, or one that holds `libNibble.so` and `modules/`.
  /// - Throws: `ExecutionError.noEngine` when it holds no engine.
  public init(folder: String) throws(ExecutionError) {
    guard let found = Self.engine(in: Files.absolute(folder)) else {
      throw .noEngine(searched: [folder])
    }
    self = found
  }

  /// The engine that belongs to a `nibble` executable, or the one that `NIBBLE_ENGINE` names.
  ///
  /// - Parameters:
  ///   - executable: The path of the running program; symbolic links are followed.
  ///   - environment: Where `NIBBLE_ENGINE` may be.
  /// - Returns: The engine.
  /// - Throws: `ExecutionError.noEngine`, with every folder that was looked at.
  public static func find(
    executable: String, environment: [String: String]
  ) throws(ExecutionError) -> EngineLocation {
    if let named = environment["NIBBLE_ENGINE"], !named.isEmpty {
      return try EngineLocation(folder: named)
    }
    let beside = Files.parent(of: Files.resolved(executable))
    let candidates = [beside, Files.parent(of: beside) + "/lib/nibble"]
    for folder in candidates {
      if let found = engine(in: folder) { return found }
    }
    throw .noEngine(searched: candidates)
  }

  /// The flags with which a program that imports the engine compiles.
  var compilerFlags: [String] {
    ["-I", modules]
  }

  /// The flags with which it links.
  var linkerFlags: [String] {
    let folder = Files.parent(of: library)
    // A chapter that rounds calls the C mathematics library itself, and imports nothing that links it.
    return ["-L", folder, "-lNibble", "-lm", "-Xlinker", "-rpath", "-Xlinker", folder]
  }

  /// A file of empty C modules with the names of the engine's own.
  var shimModuleMap: String {
    shims.map { "module \($0) {}\n" }.joined()
  }

  private init(library: String, modules: String, shims: [String]) {
    self.library = library
    self.modules = modules
    self.shims = shims
  }

  private static func engine(in folder: String) -> EngineLocation? {
    let library = folder + "/libNibble.so"
    let modules = ["Modules", "modules"].map { "\(folder)/\($0)" }
      .first { Files.exists($0 + "/Nibble.swiftmodule") }
    guard Files.exists(library), let modules else { return nil }
    return EngineLocation(
      library: library, modules: modules, shims: shims(in: [folder, modules, folder + "/include"]))
  }

  /// The names in every module map under the folders, one level down, and of the package's own
  /// `Sources` where the folder is a build folder inside one.
  private static func shims(in folders: [String]) -> [String] {
    var maps: [String] = []
    for folder in folders + package(above: folders[0]) {
      for name in Files.names(in: folder) {
        let path = "\(folder)/\(name)"
        maps += [path, path + "/module.modulemap", path + "/include/module.modulemap"]
      }
    }
    let names = maps.filter { $0.hasSuffix(".modulemap") && Files.exists($0) }.flatMap(names(in:))
    return Set(names).sorted()
  }

  private static func package(above folder: String) -> [String] {
    var above = Files.parent(of: folder)
    for _ in 0..<4 {
      if Files.exists(above + "/Package.swift") { return [above + "/Sources"] }
      above = Files.parent(of: above)
    }
    return []
  }

  private static func names(in moduleMap: String) -> [String] {
    guard let bytes = try? Files.bytes(of: moduleMap) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let words = line.split { " \t{[".contains($0) }
      return words.count >= 2 && words[0] == "module" ? String(words[1]) : nil
    }
  }
}
