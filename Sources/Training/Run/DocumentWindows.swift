internal import Tensors

/// Windows made of whole documents, one after the other, from an endless supply.
///
/// Most begin with the start token and a document's first token, so that what comes later in a
/// window can be understood from what came before; the rest begin anywhere inside a document, which
/// is what a model meets when a long text is cut into windows.
public struct DocumentWindows: WindowSource {
  /// A supply of documents and how often it is used.
  public struct Supply: Sendable {
    /// Its share among all supplies; any positive number.
    public let share: Double
    /// How many windows, from the first, may take it, as a primer; nil for all.
    public let windows: Int?
    /// The tokens of the document of one place; at least one.
    public let document: @Sendable (Int) -> [Int32]

    /// Makes a supply.
    ///
    /// - Parameters:
    ///   - share: Its share among all supplies that a window may take.
    ///   - windows: How many windows, from the first, may take it; nil for all.
    ///   - document: The tokens of the document of one place.
    public init(
      share: Double, windows: Int? = nil, document: @escaping @Sendable (Int) -> [Int32]
    ) {
      self.share = share
      self.windows = windows
      self.document = document
    }
  }

  /// Documents a window may need: window k begins with document k times this many.
  public static let documentsPerWindow = 64

  private let supplies: [Supply]
  private let startToken: Int32
  private let alignedShare: Double
  private let seed: UInt64

  /// Makes a source.
  ///
  /// - Parameters:
  ///   - supplies: One or more, one of which lasts for all windows; a window takes all its documents from one of them.
  ///   - startToken: What an aligned window begins with.
  ///   - alignedShare: The share of windows that begin with a document.
  ///   - seed: Which windows take which supply and begin where.
  public init(supplies: [Supply], startToken: Int32, alignedShare: Double = 0.8, seed: UInt64) {
    precondition(supplies.contains { $0.windows == nil }, "no supply of documents lasts")
    self.supplies = supplies
    self.startToken = startToken
    self.alignedShare = alignedShare
    self.seed = seed
  }

  /// The window of one place.
  ///
  /// - Parameters:
  ///   - index: The place.
  ///   - length: How many tokens it has; past the 64th document the last ones are not scored.
  /// - Returns: The window.
  public func window(at index: Int, length: Int) -> TokenWindow {
    // The place is the seed: far apart for neighbours, since the generator mixes it.
    var generator = SeededGenerator(seed: seed ^ (UInt64(truncatingIfNeeded: index) << 20))
    let supply = supply(at: generator.uniform(), forWindow: index)
    let isAligned = generator.uniform() < alignedShare
    var tokens: [Int32] = isAligned ? [startToken] : []
    let first = index * Self.documentsPerWindow
    for place in 0..<Self.documentsPerWindow where tokens.count <= length {
      var document = supply.document(first + place)
      if place == 0 && !isAligned { document.removeFirst(generator.below(document.count)) }
      tokens += document
    }
    let missing = max(0, length + 1 - tokens.count)
    let inputs = tokens.prefix(length) + repeatElement(startToken, count: max(0, missing - 1))
    let targets = tokens.dropFirst().prefix(length) + repeatElement(-1, count: missing)
    return TokenWindow(inputs: Array(inputs), targets: Array(targets.prefix(length)))
  }

  /// Windows that hold whole documents only, for judging: what is left of each is not scored.
  ///
  /// - Parameters:
  ///   - documents: The documents; one longer than a window by itself is left out.
  ///   - length: How many tokens a window has.
  ///   - startToken: What a window begins with.
  /// - Returns: The windows, and the places of the documents that are in them.
  public static func whole(
    _ documents: [[Int32]], length: Int, startToken: Int32
  ) -> (windows: [TokenWindow], used: [Int]) {
    var windows: [TokenWindow] = []
    var used: [Int] = []
    var tokens = [startToken]
    func close() {
      guard tokens.count > 1 else { return }
      let missing = length + 1 - tokens.count
      let inputs = (tokens + repeatElement(startToken, count: missing)).prefix(length)
      let targets = tokens.dropFirst() + repeatElement(-1, count: missing)
      windows.append(TokenWindow(inputs: Array(inputs), targets: Array(targets)))
      tokens = [startToken]
    }
    for (index, document) in documents.enumerated() where document.count <= length {
      if tokens.count + document.count > length + 1 { close() }
      tokens += document
      used.append(index)
    }
    close()
    return (windows, used)
  }

  private func supply(at point: Double, forWindow index: Int) -> Supply {
    let supplies = supplies.filter { index < $0.windows ?? .max }
    let total = supplies.reduce(0) { $0 + $1.share }
    var rest = point * total
    for supply in supplies {
      rest -= supply.share
      if rest < 0 { return supply }
    }
    return supplies[supplies.count - 1]
  }
}
