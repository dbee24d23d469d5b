import Foundation

/// Token ids from the command line: a list with commas between them, or a file with a JSON array.
///
/// The file may also be what `nibble tokenize --json` prints: an object with the array as `ids`.
struct IDList {
  let ids: [Int]
  /// The file they came from; nil for a list that was typed.
  private let path: String?

  init(_ text: String) throws {
    if text.allSatisfy({ $0.isNumber || $0.isWhitespace || ",[]-+".contains($0) }) {
      path = nil
      let inside = text.trimmingCharacters(in: CharacterSet(charactersIn: "[] \n\t"))
      let parts =
        inside.isEmpty ? [] : inside.split(separator: ",", omittingEmptySubsequences: false)
      ids = try parts.map { part in
        guard let id = Int(part.trimmingCharacters(in: .whitespaces)), id >= 0 else {
          throw Failure(
            .usage,
            "--ids has '\(part)' in it; give token ids from 0 with commas between them, as in 1,42,7"
          )
        }
        return id
      }
      guard !ids.isEmpty else { throw Failure(.usage, "--ids is empty; give at least one id") }
      return
    }
    path = text
    if text.contains(","), !FileManager.default.fileExists(atPath: text) {
      throw Failure(
        .usage,
        "--ids has '\(text)', which is no file; give token ids with commas between them, as in 1,42,7"
      )
    }
    let bytes = try TextFile.bytes(of: text)
    let decoder = JSONDecoder()
    let data = Data(bytes)
    if let list = try? decoder.decode([Int].self, from: data) {
      ids = list
    } else if let object = try? decoder.decode(Listed.self, from: data) {
      ids = object.ids
    } else {
      throw Failure(
        .badData,
        "\(text): not a list of token ids; expected a JSON array of whole numbers, as in [1, 42, 7]"
      )
    }
    guard !ids.isEmpty else { throw Failure(.badData, "\(text): the list of ids is empty") }
  }

  private struct Listed: Decodable {
    let ids: [Int]
  }

  /// Refuses ids that a vocabulary does not have.
  func check(vocabulary: Int) throws {
    guard let place = ids.firstIndex(where: { !(0..<vocabulary).contains($0) }) else { return }
    let words =
      "the id \(ids[place]) at position \(place) is not in the vocabulary, 0 to \(vocabulary - 1)"
    throw Failure(
      path == nil ? .usage : .badData, (path.map { "\($0): " } ?? "--ids: ") + words)
  }
}
