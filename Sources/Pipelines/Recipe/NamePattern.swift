/// A pattern for layers' names, as a shell matches files: `*` stands for any run of characters, `?` for one.
///
/// The whole name must match; dots are characters like any other, so `*.down_proj` means every block's.
public struct NamePattern: Hashable, Sendable {
  /// The pattern as it was written.
  public let text: String

  /// A pattern.
  ///
  /// - Parameter text: With `*` and `?`.
  public init(_ text: String) { self.text = text }

  /// Whether a name matches.
  ///
  /// - Parameter name: The name of a layer, such as `model.layers.0.mlp.down_proj`.
  /// - Returns: Whether all of it does.
  public func matches(_ name: String) -> Bool {
    let (pattern, name) = (Array(text.utf8), Array(name.utf8))
    var (place, next) = (0, 0)
    // Where to go on if what follows the last star does not fit.
    var star: (pattern: Int, name: Int)?
    while next < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        star = (place, next)
        place += 1
      } else if place < pattern.count,
        pattern[place] == name[next] || pattern[place] == UInt8(ascii: "?")
      {
        place += 1
        next += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        place = last.pattern + 1
        next = last.name + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
