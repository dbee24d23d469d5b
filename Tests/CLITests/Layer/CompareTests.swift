import Foundation
import Testing

/// By hand and by law: one layer, many methods, the same figures in every form they are given.
@Suite("nibble compare")
struct CompareTests {
  /// A layer of drawn numbers, wide enough for every format's block.
  private static func file(
    in folder: TemporaryFolder, rows: Int = 16, columns: Int = 256, tokens: Int = 24
  ) throws -> String {
    var state: UInt64 = 7
    func draw() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
    var tensors: [(name: String, shape: [Int], values: [Float])] = [
      (name: "weight", shape: [rows, columns], values: (0..<rows * columns).map { _ in draw() })
    ]
    if tokens > 0 {
      tensors.append(
        (
          name: "activations", shape: [tokens, columns],
          values: (0..<tokens * columns).map { _ in draw() }
        ))
    }
    return try folder.safetensors("layer.safetensors", tensors)
  }

  private static func results(_ run: Nibble.Run) throws -> [[String: Any]] {
    try #require(try run.json()["results"] as? [[String: Any]])
  }

  private static func leftOut(_ run: Nibble.Run) throws -> [[String: Any]] {
    try #require(try run.json()["leftOut"] as? [[String: Any]])
  }

  @Test("each figure is the one that nibble layer gives, under exactly the promised keys")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder)
    let run = try Nibble.run("compare", file, "--methods", "rtn,nf4", "--bits", "3,4", "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(Set(json.keys) == ["schema", "tensor", "shape", "tokens", "results", "leftOut"])
    #expect(json["schema"] as? Int == 1)
    #expect(json["tokens"] as? Int == 24)
    let results = try Self.results(run)
    #expect(results.map { $0["method"] as? String } == ["rtn", "rtn", "nf4"])
    #expect(results.map { $0["bits"] as? Int } == [3, 4, 4])
    for result in results {
      #expect(
        Set(result.keys).subtracting(["peakBytes"]) == [
          "method", "bits", "bitsPerWeight", "weightMSE", "sqnr", "outputError",
          "relativeOutputError", "seconds", "onParetoFront",
        ])
      let alone = try Nibble.run(
        "layer", file, "--method", try #require(result["method"] as? String), "--bits",
        "\(try #require(result["bits"] as? Int))", "--json"
      ).json()
      for key in ["bitsPerWeight", "weightMSE", "sqnr", "outputError", "relativeOutputError"] {
        let value = try #require(result[key] as? Double)
        let other = try #require(alone[key] as? Double)
        // Two processes may split a product's sum in another way.
        #expect(abs(value - other) <= 1e-6 * abs(other), "\(key)")
      }
    }
    let refused = try Self.leftOut(run)
    #expect(refused.count == 1)
    #expect(refused[0]["method"] as? String == "nf4")
    #expect(refused[0]["bits"] as? [Int] == [3])
    #expect(refused[0]["reason"] as? String == "nf4 stores 4 bits, not 3; leave the bits out")
  }

  @Test("the front is what nothing beats in both, and results rise in bits")
  func front() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "compare", try Self.file(in: folder), "--bits", "2,3,4,8", "--json")
    let results = try Self.results(run)
    let costs = try results.map { result in
      (
        bits: try #require(result["bitsPerWeight"] as? Double),
        error: try #require(result["outputError"] as? Double),
        isOnFront: try #require(result["onParetoFront"] as? Bool)
      )
    }
    #expect(results.count > 8)
    for cost in costs {
      let isBeaten = costs.contains {
        $0.bits <= cost.bits && $0.error <= cost.error
          && ($0.bits < cost.bits || $0.error < cost.error)
      }
      #expect(cost.isOnFront == !isBeaten)
    }
    #expect(zip(costs, costs.dropFirst()).allSatisfy { $0.bits <= $1.bits })
    #expect(costs.contains { $0.isOnFront })
  }

  @Test("without inputs the chart is of the weights, and what needs inputs says so")
  func weightAlone() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder, tokens: 0)
    let run = try Nibble.run("compare", file)
    #expect(run.status == 0)
    #expect(run.output.contains("no inputs"))
    #expect(run.output.contains("weight error over ‖W‖²"))
    let results = try Self.results(try Nibble.run("compare", file, "--json"))
    #expect(results.allSatisfy { $0["outputError"] == nil })
    #expect(results.contains { $0["onParetoFront"] as? Bool == true })
  }

  @Test("formats whose blocks do not fit the row are listed with the reason, the others are shown")
  func narrow() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder, columns: 20)
    let run = try Nibble.run("compare", file)
    #expect(run.status == 0)
    #expect(run.output.contains("Left out"))
    #expect(run.output.contains("mxfp4: shares a scale among 32 weights"))
    #expect(run.output.contains("● "))
  }

  @Test("the text fits 80 columns and is plain where nobody looks at a terminal")
  func plain() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run("compare", try Self.file(in: folder), "--bits", "2,3,4,8")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let lines = run.output.split(separator: "\n").dropFirst()  // the first names the file
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(!run.output.contains("\u{1B}"))
    #expect(run.output.contains("bits per weight"))
  }

  @Test("on a terminal progress comes and goes, and Ctrl-C ends it with nothing written")
  func terminal() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder, rows: 64)
    let shown = try PseudoTerminal(["compare", file], in: folder, columns: 80, rows: 60)
    #expect(shown.end() == 0)
    #expect(shown.screen.tooWide.filter { !$0.hasPrefix("weight [64, 256] of /") }.isEmpty)
    #expect(shown.screen.forbidden.isEmpty)
    let end = shown.screen.text(since: 0).suffix(600)
    #expect(
      !end.contains(#/, \d+ of \d/#) && end.contains("Left out"), "progress is gone at the end")

    let large = try Self.file(in: folder, rows: 4096, columns: 1024)
    let page = folder.path + "/page.html"
    let stopped = try PseudoTerminal(
      ["compare", large, "--methods", "adaround,rtn", "--html", page], in: folder, columns: 80,
      rows: 40)
    try stopped.expect("1 of 2")  // adaround needs minutes for so large a layer
    stopped.send(SIGINT)
    #expect(stopped.end() == 130)
    #expect(folder.names().filter { $0.contains("page") }.isEmpty)
  }

  @Test("the page holds every result, loads nothing, and no name touches another")
  func page() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let page = folder.path + "/page.html"
    let file = try Self.file(in: folder)
    let run = try Nibble.run("compare", file, "--bits", "2,3,4,8", "--html", page, "--json")
    #expect(run.status == 0)
    #expect(run.errors == "wrote \(page)\n")
    let html = text(of: page)
    let results = try Self.results(run)
    #expect(html.components(separatedBy: "<tr").count == results.count + 2)
    // What takes over sixteen bits a weight stands beside the chart, and there are two drawings.
    let inside = results.count { ($0["bitsPerWeight"] as? Double ?? 0) < 16.5 }
    #expect(inside > 8 && inside < results.count)
    #expect(html.components(separatedBy: "<circle").count == 2 * inside + 1)
    #expect(html.contains("Beyond the right edge, in bits per weight: "))
    for link in ["<script", "src=", "url(", "@import", "<link", "href="] {
      #expect(!html.contains(link))
    }
    for drawing in html.components(separatedBy: "<svg").dropFirst() {
      let names = drawing.components(separatedBy: "<text class=\"name").dropFirst().map { piece in
        func number(_ name: String) -> Double {
          Double(piece.components(separatedBy: " \(name)=\"")[1].prefix { $0 != "\"" }) ?? .nan
        }
        let words = piece.components(separatedBy: "</text>")[0].components(separatedBy: ">")[1]
        return (
          left: number("x"), bottom: number("y"), right: number("x") + 6.7 * Double(words.count)
        )
      }
      #expect(names.count > 4)
      for (index, one) in names.enumerated() {
        for other in names.dropFirst(index + 1) {
          let apart =
            one.right <= other.left || other.right <= one.left
            || abs(one.bottom - other.bottom) >= 11
          #expect(apart)
        }
      }
    }
    let again = try Nibble.run("compare", file, "--methods", "rtn", "--html", page)
    #expect(again.status == 73)
    #expect(again.errors.contains("exists already; use --force"))
    #expect(
      try Nibble.run("compare", file, "--methods", "rtn", "--html", page, "--force").status == 0)
  }

  @Test("a name of the file cannot become markup")
  func escaping() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "<b>&.safetensors", [(name: "weight", shape: [1, 4], values: [-1, 0, 0.5, 2])])
    let page = folder.path + "/page.html"
    #expect(try Nibble.run("compare", file, "--methods", "rtn", "--html", page).status == 0)
    #expect(text(of: page).contains("&lt;b&gt;&amp;.safetensors"))
    #expect(!text(of: page).contains("<b>"))
  }

  @Test("an exact result has no place on a scale of decades and is shown all the same")
  func exact() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "layer.safetensors", [(name: "weight", shape: [1, 4], values: [0, 1, 2, 3])])
    let run = try Nibble.run("compare", file, "--methods", "rtn", "--bits", "1,2")
    #expect(run.status == 0)
    #expect(run.output.contains("inf"))
    let zeros = try folder.safetensors(
      "zeros.safetensors",
      [
        (name: "weight", shape: [1, 4], values: [0, 0, 0, 0]),
        (name: "activations", shape: [1, 4], values: [0, 0, 0, 0]),
      ])
    #expect(try Nibble.run("compare", zeros, "--methods", "rtn").status == 0)
  }

  @Test("what cannot be done is refused by its kind")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder)
    func run(_ arguments: String...) throws -> Nibble.Run {
      try Nibble.run(["compare"] + arguments)
    }
    let unknown = try run(file, "--methods", "rtm")
    #expect(unknown.status == 64)
    #expect(unknown.errors.contains("did you mean 'rtn'?"))
    #expect(try run(file, "--bits", "9").status == 64)
    #expect(try run(file, "--bits", "four").status == 64)
    #expect(try run(file, "--bits", ",").status == 64)
    #expect(try run(file, "--methods", "").status == 64)
    #expect(try run(file, "--threads", "0").status == 64)
    #expect(try run(folder.path + "/none.safetensors").status == 66)
    #expect(try run(file, "--tensor", "none").status == 66)
    let refused = try run(file, "--methods", "nf4", "--bits", "3")
    #expect(refused.status == 64)
    #expect(refused.errors.contains("no method could run:\n  nf4: "))
    let broken = try folder.safetensors(
      "nan.safetensors", [(name: "weight", shape: [1, 2], values: [1, .nan])])
    #expect(try run(broken).status == 65)
  }
}
