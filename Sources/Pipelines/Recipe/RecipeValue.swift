/// A value of a recipe file, whatever notation the file is in.
public enum RecipeValue: Sendable, Equatable {
  /// True or false.
  case flag(Bool)
  /// A whole number.
  case whole(Int)
  /// A number with a fraction.
  case number(Double)
  /// A text.
  case text(String)
  /// Values one after the other.
  case list([RecipeValue])
  /// Values by their keys.
  case table([String: RecipeValue])

  /// The value as a person would write it, cut short.
  var words: String {
    switch self {
    case .flag(let value): "\(value)"
    case .whole(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): "'\(value.prefix(60))'"
    case .list(let values): "a list of \(values.count)"
    case .table: "a table"
    }
  }
}
