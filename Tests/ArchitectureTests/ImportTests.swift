import Foundation
import Testing

/// The floors, by law: a module imports only what `Package.swift` says it stands on.
///
/// SwiftPM's own check (`--explicit-target-dependency-import-check`) let an undeclared import of a
/// module further down pass here, so this one reads every file.
@Suite("modules import what they declare")
struct ImportTests {
  @Test("every import of a module is declared for its target")
  func importsAreDeclared() throws {
    let package = try Manifest.load()
    var undeclared: [String] = []
    for target in package.targets {
      for (file, modules) in try target.imports() {
        for module in modules.intersection(package.modules).subtracting(target.dependencies) {
          undeclared.append("\(file) imports \(module), which \(target.name) does not declare")
        }
      }
    }
    #expect(undeclared == [])
  }

  @Test("every declared module is imported somewhere in its target")
  func declaredIsImported() throws {
    let package = try Manifest.load()
    var unused: [String] = []
    for target in package.targets {
      let imported = try target.imports().values.reduce(into: Set<String>()) { $0.formUnion($1) }
      for module in target.dependencies.subtracting(imported) {
        unused.append("\(target.name) declares \(module) and never imports it")
      }
    }
    #expect(unused == [])
  }

  @Test("the engine knows nothing of chapters, the course nothing of quantization")
  func towersStandApart() throws {
    let package = try Manifest.load()
    let engine: Set = [
      "Grids", "CKernels", "COpenBLAS", "Tensors", "Quantization", "Tokenizers", "Corpora",
      "Training", "Models", "Pipelines",
    ]
    let course: Set = ["CCMark", "Course", "Terminal", "Site"]
    for target in package.targets where engine.contains(target.name) {
      #expect(package.everything(below: target.name).isDisjoint(with: course), "\(target.name)")
    }
    for target in package.targets where course.contains(target.name) {
      #expect(package.everything(below: target.name).isDisjoint(with: engine), "\(target.name)")
    }
  }

  @Test("the load test knows neither engine nor course: it measures any server")
  func loadTestingStandsAlone() throws {
    #expect(
      try Manifest.load().everything(below: "LoadTesting").isDisjoint(with: [
        "Tensors", "Models", "Course",
      ]))
  }

  @Test("what chapters load stays light: no full Foundation below the umbrella")
  func engineIsLight() throws {
    let light = [
      "Grids", "Tensors", "Quantization", "Tokenizers", "Corpora", "Training", "Models",
      "Pipelines", "StepRecords", "Nibble",
    ]
    for target in try Manifest.load().targets where light.contains(target.name) {
      for (file, modules) in try target.imports() {
        #expect(!modules.contains("Foundation"), "\(file)")
      }
    }
    let grids = try #require(try Manifest.load().targets.first { $0.name == "Grids" })
    #expect(try grids.imports().values.allSatisfy(\.isEmpty))
  }

  @Test("by hand: imports are found in every form they take")
  func scanner() {
    let lines = [
      "// import Commented", "public import Grids", "@_exported public import Tensors",
      "  internal import COpenBLAS", "import struct Foundation.Data",
      "let text = \"import Quoted\"",
    ]
    let text = lines.joined(separator: "\n")
    #expect(SwiftImports.modules(in: text) == ["Grids", "Tensors", "COpenBLAS", "Foundation"])
  }
}

/// The module names a Swift file imports.
enum SwiftImports {
  static func modules(in text: String) -> Set<String> {
    var modules: Set<String> = []
    for line in text.split(whereSeparator: \.isNewline) {
      var words = line.split(separator: " ")[...]
      let before: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private", "@_exported",
      ]
      while let word = words.first, before.contains(word) { words.removeFirst() }
      guard words.first == "import", words.count >= 2 else { continue }
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "let", "var"]
      let isOfOneThing = kinds.contains(words[words.startIndex + 1])
      let named = words.dropFirst(isOfOneThing ? 2 : 1)
      if let module = named.first?.split(separator: ".").first { modules.insert(String(module)) }
    }
    return modules
  }
}
