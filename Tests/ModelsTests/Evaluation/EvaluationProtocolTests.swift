import Models
import Testing

/// Evidence: by hand.
struct EvaluationProtocolTests {
  static let text = Array(100..<110)

  @Test("gptq-N: whole windows, every token but each first")
  func gptq() throws {
    let windows = try EvaluationProtocol.gptq(window: 4).windows(of: Self.text)
    #expect(
      windows == [
        EvaluationWindow(tokens: [100, 101, 102, 103], scored: 1..<4),
        EvaluationWindow(tokens: [104, 105, 106, 107], scored: 1..<4),
      ])
    let begun = try EvaluationProtocol.gptq(window: 4).windows(of: Self.text, beginning: 1)
    #expect(begun.map(\.tokens) == [[1, 100, 101, 102], [103, 104, 105, 106]])
  }

  @Test("llama.cpp-N: N − 1 − N/2 tokens of each window, the first replaced")
  func llamaCpp() throws {
    let windows = try EvaluationProtocol.llamaCpp(window: 5).windows(of: Self.text, beginning: 1)
    #expect(
      windows == [
        EvaluationWindow(tokens: [1, 100, 101, 102, 103], scored: 3..<5),
        EvaluationWindow(tokens: [1, 105, 106, 107, 108], scored: 3..<5),
      ])
    #expect(
      try EvaluationProtocol.llamaCpp(window: 5).windows(of: Self.text)[1].tokens
        == [105, 106, 107, 108, 109])
  }

  @Test("strided-N-S: every token but the first scored once", arguments: 1...6)
  func strided(stride: Int) throws {
    let windows = try EvaluationProtocol.strided(window: 6, stride: stride)
      .windows(of: Self.text)
    let scored = windows.flatMap { window in window.scored.map { window.tokens[$0] } }
    #expect(scored == (stride == 6 ? [101, 102, 103, 104, 105, 107, 108, 109] : Array(101..<110)))
    #expect(windows[0].scored == 1..<6)
    for window in windows.dropFirst() where stride < 6 {
      #expect(window.scored.lowerBound >= 6 - stride)
    }
  }

  @Test("a text shorter than a window: all of it when strided, refused otherwise")
  func short() throws {
    let windows = try EvaluationProtocol.strided(window: 64, stride: 8).windows(of: Self.text)
    #expect(windows == [EvaluationWindow(tokens: Self.text, scored: 1..<10)])
    #expect(
      throws: ModelError.tooFewTokens(tokens: 10, needed: 11, protocolName: "gptq-11")
    ) { try EvaluationProtocol.gptq(window: 11).windows(of: Self.text) }
    // The beginning token fills a place, and counts as none of the text's.
    #expect(
      throws: ModelError.tooFewTokens(tokens: 10, needed: 11, protocolName: "gptq-12")
    ) { try EvaluationProtocol.gptq(window: 12).windows(of: Self.text, beginning: 1) }
    #expect(throws: ModelError.self) {
      try EvaluationProtocol.llamaCpp(window: 6).windows(of: Self.text)
    }
    #expect(throws: ModelError.self) {
      try EvaluationProtocol.strided(window: 4, stride: 2).windows(of: [1])
    }
    #expect(throws: ModelError.self) { try EvaluationProtocol.gptq(window: 4).windows(of: []) }
  }

  @Test("names, and back")
  func names() throws {
    for name in ["gptq-2048", "llama.cpp-512", "strided-2048-512"] {
      #expect(try EvaluationProtocol(name: name).name == name)
    }
    for name in [
      "", "gptq", "gptq-", "gptq-1", "gptq-x", "gptq-2048-1", "llama.cpp-3", "strided-8",
      "strided-8-0", "strided-8-9", "strided--8-4", "wikitext-2",
    ] {
      #expect(throws: ModelError.self, "\(name)") { try EvaluationProtocol(name: name) }
    }
  }
}
