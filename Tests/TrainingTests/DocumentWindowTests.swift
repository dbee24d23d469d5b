import Testing
import Training

@Suite("windows made of documents")
struct DocumentWindowTests {
  /// Document k is k mod 90 + 10, three to five times.
  private func document(_ index: Int) -> [Int32] {
    [Int32](repeating: Int32(index % 90 + 10), count: 3 + index % 3)
  }

  @Test("by hand: an aligned window is the start token and whole documents, cut at its end")
  func aligned() {
    let source = DocumentWindows(
      supplies: [.init(share: 1, document: document)], startToken: 1, alignedShare: 1, seed: 5)
    let window = source.window(at: 0, length: 8)
    #expect(window.inputs == [1, 10, 10, 10, 11, 11, 11, 11])
    #expect(window.targets == [10, 10, 10, 11, 11, 11, 11, 12])
    // Window 1 begins with document 64.
    #expect(source.window(at: 1, length: 3).inputs == [1, 74, 74])
  }

  @Test("by law: the same place gives the same window, and supplies come as often as they should")
  func shares() {
    let source = DocumentWindows(
      supplies: [
        .init(share: 3) { _ in [5, 5, 5] }, .init(share: 1) { _ in [6, 6, 6] },
      ], startToken: 1, alignedShare: 0.75, seed: 5)
    let windows = (0..<4_000).map { source.window(at: $0, length: 6) }
    #expect(source.window(at: 1_234, length: 6) == windows[1_234])
    // 3,000 of each, five standard deviations of √(4,000 · 3/4 · 1/4) = 27.
    #expect(abs(windows.count { $0.inputs.contains(5) } - 3_000) < 137)
    #expect(abs(windows.count { $0.inputs.first == 1 } - 3_000) < 137)
  }

  @Test("a primer is taken by the first windows only, and leaves the others as they would be")
  func primer() {
    let lasting = DocumentWindows.Supply(share: 1) { _ in [5, 5, 5] }
    let source = DocumentWindows(
      supplies: [lasting, .init(share: 1, windows: 400) { _ in [6, 6, 6] }], startToken: 1, seed: 5)
    let windows = (0..<1_000).map { source.window(at: $0, length: 6) }
    // 200 of 400, five standard deviations of √(400 / 4) = 10.
    #expect(abs(windows[..<400].count { $0.inputs.contains(6) } - 200) < 50)
    #expect(!windows[400...].contains { $0.inputs.contains(6) })
    let alone = DocumentWindows(supplies: [lasting], startToken: 1, seed: 5)
    #expect(windows[999] == alone.window(at: 999, length: 6))
  }

  @Test("by law: judging uses each document once, whole, and scores nothing else")
  func whole() {
    let documents = (0..<50).map(document) + [[Int32](repeating: 3, count: 30)]
    let (windows, used) = DocumentWindows.whole(documents, length: 16, startToken: 1)
    #expect(used == Array(0..<50))  // the last one is longer than a window
    #expect(windows.allSatisfy { $0.inputs.count == 16 && $0.inputs.first == 1 })
    let scored = windows.flatMap { $0.targets.filter { $0 >= 0 } }
    #expect(scored == documents.dropLast().flatMap { $0 })
  }

  @Test("a supply that ends early leaves the rest unscored")
  func shortSupply() {
    let source = DocumentWindows(
      supplies: [.init(share: 1) { _ in [7] }], startToken: 1, alignedShare: 1, seed: 5)
    let window = source.window(at: 3, length: 100)
    #expect(window.inputs.count == 100 && window.targets.count == 100)
    #expect(window.scored == 64)
  }
}
