internal import Foundation

/// What a server is asked, request after request.
public struct PromptSet: Sendable, Hashable {
  private enum Source: Sendable, Hashable {
    case given([String])
    case made(seed: UInt64, words: Int)
  }

  private let source: Source

  /// The most bytes of a file of prompts.
  private static let fileLimit = 64 << 20

  /// Prompts in turn, from the first again after the last.
  ///
  /// - Parameter prompts: At least one.
  /// - Throws: `LoadError.badSetting` for none, or for an empty one.
  public init(_ prompts: [String]) throws(LoadError) {
    guard !prompts.isEmpty, !prompts.contains("") else {
      throw .badSetting("a prompt needs at least one character")
    }
    source = .given(prompts)
  }

  /// Made-up prompts, a new one for every request, so that a server cannot answer from what it kept.
  ///
  /// - Parameters:
  ///   - seed: The same seed gives the same prompts in the same order.
  ///   - words: How long each is, 1 to 100,000 words.
  /// - Throws: `LoadError.badSetting` for another length.
  public init(seed: UInt64, words: Int) throws(LoadError) {
    guard 1...100_000 ~= words else {
      throw .badSetting("a prompt's words must be 1 to 100000, not \(words)")
    }
    source = .made(seed: seed, words: words)
  }

  /// The prompts of a file: a line each, or for `.jsonl` the `prompt` or `text` of the object on each line.
  ///
  /// - Parameter path: UTF-8, at most 64 MiB; empty lines are left out.
  /// - Throws: `LoadError.cannotRead` or `.badPrompts`.
  public init(file path: String) throws(LoadError) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw .cannotRead(
        path: path, reason: isThere ? "it is not a file that may be read" : "no such file")
    }
    guard bytes.count <= Self.fileLimit else {
      throw .badPrompts(path: path, reason: "it has \(bytes.count) bytes; 64 MiB are the most")
    }
    guard let text = String(bytes: bytes, encoding: .utf8) else {
      throw .badPrompts(path: path, reason: "it is not UTF-8 text; give one prompt a line")
    }
    var prompts: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.trimmingCharacters(in: .whitespacesAndNewlines)
      if line.isEmpty { continue }
      guard path.hasSuffix(".jsonl") else {
        prompts.append(line)
        continue
      }
      let object = try? JSONDecoder().decode(PromptLine.self, from: Data(line.utf8))
      guard let prompt = object?.prompt ?? object?.text, !prompt.isEmpty else {
        throw .badPrompts(
          path: "\(path):\(index + 1)",
          reason: "expected is an object with a 'prompt' or a 'text', as in {\"prompt\": \"Once\"}")
      }
      prompts.append(prompt)
    }
    guard !prompts.isEmpty else {
      throw .badPrompts(path: path, reason: "it has no prompt; give one a line")
    }
    source = .given(prompts)
  }

  /// The prompt of a request.
  ///
  /// - Parameter index: The request's number, 0 or more.
  /// - Returns: At least one character.
  public subscript(index: Int) -> String {
    switch source {
    case .given(let prompts): return prompts[index % prompts.count]
    case .made(let seed, let words):
      var generator = SplitMix(state: seed ^ (UInt64(index) &* 0xD134_2543_DE82_EF95))
      var text: [String] = []
      while text.count < words {
        let length = Int.random(in: 5...12, using: &generator)
        for place in 0..<Swift.min(length, words - text.count) {
          let word = Self.vocabulary[Int.random(in: 0..<Self.vocabulary.count, using: &generator)]
          text.append(place == 0 ? word.capitalized : word)
        }
        text[text.count - 1] += "."
      }
      return text.joined(separator: " ")
    }
  }

  /// Common words; a tokenizer has most of them whole, so words come close to tokens.
  private static let vocabulary = """
    time year people way day man thing woman life child world school state family student group country
    problem hand part place case week company system program question work government number night point
    home water room mother area money story fact month lot right study book eye job word business issue
    side kind head house service friend father power hour game line end member law car city community
    name president team minute idea body information back parent face others level office door health
    person art war history party result change morning reason research girl guy moment air teacher force
    the a of to and in that it with as for was on are by be this from or had not but what all were when
    we there can an your which their said if do will each about how up out them then she many some so
    these would other into has more her two like him see could no make than first been its who now
    """.split(whereSeparator: \.isWhitespace).map(String.init)
}

private struct PromptLine: Decodable {
  var prompt: String?
  var text: String?
}
