/// The tensors and the plain values of a pickle, each with a name made of the keys that lead to it.
///
/// `{"model": {"w": tensor}, "step": 3}` gives the tensor `model.w` and the value `step`.
struct PickleContents {
  /// The deepest nesting; what holds itself is deeper than any.
  private static let depthLimit = 32
  /// The longest name, in bytes.
  private static let nameLimit = 1_024
  /// The most containers and values looked at: one that stands in many places counts each time.
  private static let visitLimit = 2_000_000
  /// The most bytes of all names together.
  private static let nameBytesLimit = 64 << 20

  private(set) var tensors: [(name: String, tensor: PickleGraph.Tensor)] = []
  private(set) var metadata: [String: GGUFValue] = [:]

  private struct Visit {
    let index: PickleGraph.Index
    let name: String
    let depth: Int
  }

  /// Collects them; a failure is a sentence.
  init(
    _ graph: PickleGraph, root: PickleGraph.Index
  ) throws(Failure) {
    var waiting = [Visit(index: root, name: "", depth: 0)]
    var (visits, nameBytes) = (0, 0)
    var names: Set<ExactName> = []
    func add(_ index: PickleGraph.Index, _ key: String, under parent: Visit) throws(Failure) {
      guard parent.depth < Self.depthLimit else {
        throw Failure(
          reason: "containers more than \(Self.depthLimit) deep, or one that holds itself")
      }
      guard parent.name.utf8.count + key.utf8.count < Self.nameLimit else {
        throw Failure(reason: "a name of more than \(Self.nameLimit) bytes")
      }
      let name = parent.name.isEmpty ? key : "\(parent.name).\(key)"
      nameBytes += name.utf8.count
      guard visits + waiting.count < Self.visitLimit, nameBytes <= Self.nameBytesLimit else {
        throw Self.tooMuch
      }
      waiting.append(Visit(index: index, name: name, depth: parent.depth + 1))
    }
    while let visit = waiting.popLast() {
      visits += 1
      switch graph.values[Int(visit.index)] {
      case .tensor(let place):
        let name = visit.name.isEmpty ? "tensor" : visit.name
        guard names.insert(ExactName(name)).inserted else {
          throw Failure(reason: "the name \(quotedName(name)) stands twice")
        }
        tensors.append((name, graph.tensors[place]))
      case .dictionary(let place):
        let content = graph.contents[place]
        // Last first, so that the stack gives them in the order of the file.
        for pair in stride(from: 0, to: content.count, by: 2).reversed() {
          let key = graph.text(content[pair]) ?? graph.integer(content[pair]).map(String.init)
          guard let key else { throw Failure(reason: "a key that is neither a text nor a number") }
          try add(content[pair + 1], key, under: visit)
        }
      case .list(let place), .tuple(let place):
        let content = graph.contents[place]
        visits += content.count  // a list that stands in many places is looked through each time
        guard visits < Self.visitLimit else { throw Self.tooMuch }
        if let values = Self.plainList(content, graph) {
          if !visit.name.isEmpty { metadata[visit.name] = values }
        } else {
          for item in content.indices.reversed() {
            try add(content[item], "\(item)", under: visit)
          }
        }
      case .boolean(let value): metadata[visit.name] = .boolean(value)
      case .integer(let value): metadata[visit.name] = .integer(value)
      case .number(let value): metadata[visit.name] = .number(value)
      case .text(let value): metadata[visit.name] = .string(value)
      case .none, .largeInteger, .known, .storage: break
      }
    }
  }

  /// What is wrong.
  struct Failure: Error {
    let reason: String
  }

  private static let tooMuch = Failure(
    reason: "more than \(visitLimit) values, or one that stands in many places")

  /// A list of numbers or of texts, of one kind; nil for any other.
  private static func plainList(
    _ content: [PickleGraph.Index], _ graph: PickleGraph
  ) -> GGUFValue? {
    guard let first = content.first else { return .integers([]) }
    switch graph.values[Int(first)] {
    case .integer:
      let numbers = content.compactMap { graph.integer($0).map(Int64.init) }
      return numbers.count == content.count ? .integers(numbers) : nil
    case .text:
      let texts = content.compactMap { graph.text($0) }
      return texts.count == content.count ? .strings(texts) : nil
    case .number:
      let numbers = content.compactMap { index -> Double? in
        if case .number(let value) = graph.values[Int(index)] { value } else { nil }
      }
      return numbers.count == content.count ? .numbers(numbers) : nil
    default: return nil
    }
  }
}
