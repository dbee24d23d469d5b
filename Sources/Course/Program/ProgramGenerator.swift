/// Writes a chapter as one Swift program.
///
/// It cannot fail. `#sourceLocation` gives every line of a step its line in the Markdown, for the compiler's messages,
/// for `#line` and for crash reports alike. A variant's lines are named `path#id`, since a check is
/// compiled once for each answer it is tried on; the few lines between steps are named `path<end>`, with
/// the line where the step above ends. An import that had to leave its scope keeps its line too.
struct ProgramGenerator {
  private let chapter: Chapter
  private let plan: ProgramPlan

  init(_ chapter: Chapter, plan: ProgramPlan) {
    self.chapter = chapter
    self.plan = plan
  }

  /// The chapter's program with every variant in a scope of its own.
  func program() -> String {
    var writer = Writer(chapter)
    for part in plan.parts {
      switch part {
      case .step(let index): writer.step(index)
      case .check(let index): writer.check(index)
      case .variant(let variant): writer.variant(variant)
      }
    }
    writer.line("StepRecording.finish()")
    return writer.program
  }

  /// The program up to a block that must not compile, and that block.
  func program(rejecting rejected: ProgramPlan.Rejected) -> String {
    var writer = Writer(chapter)
    for case .step(let index) in plan.parts.prefix(rejected.position) { writer.step(index) }
    writer.bare(rejected.step)
    return writer.program
  }

  /// The program up to a variant, and the variant at the top level: for one that cannot be a scope.
  ///
  /// The exercise's own solution is left out, since it declares the same names.
  func program(alone variant: ProgramPlan.Variant) -> String {
    var writer = Writer(chapter)
    let exercise = chapter.steps[variant.step].exercise
    let end = plan.parts.firstIndex(of: .variant(variant)) ?? plan.parts.endIndex
    for case .step(let index) in plan.parts[..<end]
    where exercise == nil || chapter.steps[index].exercise != exercise {
      writer.step(index)
    }
    writer.aloneVariant(variant)
    writer.line("StepRecording.finish()")
    return writer.program
  }
}

extension ProgramGenerator {
  /// The program up to a step, which then waits for what comes in its place.
  func program(before step: Int) -> String {
    var writer = Writer(chapter)
    let end = plan.parts.firstIndex(of: .step(step)) ?? plan.parts.endIndex
    for part in plan.parts[..<end] {
      switch part {
      case .step(let index): writer.step(index)
      case .check(let index): writer.check(index)
      case .variant: break
      }
    }
    writer.line("StepRecording.goOn()")
    return writer.program
  }

  /// One step alone, for the program that waits before it.
  func library(of step: Int) -> String {
    var writer = Writer(chapter, using: ChapterCompiler.moduleName)
    writer.step(step)
    return writer.program
  }
}

extension Step {
  /// The Markdown lines of its code.
  var codeLines: ClosedRange<Int> {
    let ends = code.utf8.count { $0 == UInt8(ascii: "\n") }
    return codeLine...max(codeLine, codeLine + ends - (code.hasSuffix("\n") ? 1 : 0))
  }
}

/// A program in the writing.
private struct Writer {
  private let chapter: Chapter
  private let module: String?
  private var imports: [String] = []
  private var body = ""

  /// A program; one that goes on where another ended uses that one's module.
  init(_ chapter: Chapter, using module: String? = nil) {
    self.chapter = chapter
    self.module = module
  }

  var program: String {
    let end = imports.isEmpty ? [] : ["#sourceLocation()"]
    let own = ["import Nibble"] + (module.map { ["@testable import \($0)"] } ?? [])
    return (own + imports + end).joined(separator: "\n") + "\n" + body
  }

  mutating func line(_ text: String) {
    body += text + "\n"
  }

  mutating func step(_ index: Int) {
    append(index, isScoped: false, file: chapter.path)
  }

  mutating func check(_ index: Int) {
    line("do {")
    append(index, isScoped: true, file: chapter.path)
    line("}")
  }

  mutating func variant(_ variant: ProgramPlan.Variant) {
    let id = chapter.steps[variant.step].id
    line("if StepRecording.isVariant(\(id.debugDescription)) {")
    line("do {")
    for index in [variant.step] + variant.checks {
      append(index, isScoped: true, file: "\(chapter.path)#\(id)")
    }
    line("} catch { StepRecording.uncaught(error) }")
    line("StepRecording.finish()")
    line("}")
  }

  mutating func aloneVariant(_ variant: ProgramPlan.Variant) {
    let id = chapter.steps[variant.step].id
    for index in [variant.step] + variant.checks {
      append(index, isScoped: false, file: "\(chapter.path)#\(id)")
    }
  }

  /// A block as written, for a compiler that must refuse it.
  mutating func bare(_ index: Int) {
    let step = chapter.steps[index]
    location(file: "\(chapter.path)#\(step.id)", line: step.codeLine)
    body += step.code
  }

  private mutating func append(_ index: Int, isScoped: Bool, file: String) {
    let step = chapter.steps[index]
    let lowering = StepLowering(step, isScoped: isScoped)
    imports += lowering.imports.flatMap { statement in
      ["#sourceLocation(file: \(file.debugDescription), line: \(statement.line))", statement.text]
    }
    line("StepRecording.begin(\(step.id.debugDescription))")
    location(file: file, line: step.codeLine)
    body += lowering.code.hasSuffix("\n") ? lowering.code : lowering.code + "\n"
    location(file: file + "<end>", line: step.codeLines.upperBound)
    line("StepRecording.end()")
  }

  private mutating func location(file: String, line number: Int) {
    line("#sourceLocation(file: \(file.debugDescription), line: \(number))")
  }
}
