import ArgumentParser
import Quantization

/// `nibble methods`: the table every other part of Nibble reads.
struct MethodsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "List the methods a layer can be quantized with.",
    discussion: "Example: nibble methods"
  )

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() throws {
    let rows = LayerMethod.all.map(Row.init)
    if json {
      try Output.json(Listing(schema: 1, methods: rows))
      return
    }
    for row in rows {
      Output.line("\(row.name)  \(row.summary)")
      Output.line("    bits per weight: \(row.bits)")
      let options = row.options.map { "--" + $0 }.joined(separator: " ")
      if row.needs != "nothing" { Output.line("    needs: \(row.needs)") }
      if !options.isEmpty { Output.line("    options: \(options)") }
      Output.line("    source: \(row.source)")
    }
  }

  private struct Listing: Encodable {
    let schema: Int
    let methods: [Row]
  }

  private struct Row: Encodable {
    let name: String
    let summary: String
    let options: [String]
    let needs: String
    let bits: String
    let source: String

    init(_ method: LayerMethod) {
      name = method.name
      summary = method.summary
      options = method.options.map(\.rawValue).sorted()
      needs = method.needs.rawValue
      bits = method.bitsRule
      source = method.source
    }
  }
}
