import Foundation
import Pipelines
import Yams

/// A recipe in YAML.
enum RecipeFile {
  /// Reads a recipe.
  static func recipe(_ path: String) throws -> QuantizationRecipe {
    let text = try TextFile.text(of: path)
    let loaded: Any?
    do {
      loaded = try Yams.load(yaml: text)
    } catch {
      throw Failure(.badData, "\(path): not YAML: \(error)")
    }
    guard case .table(let values)? = try loaded.map({ try value($0, path) }) else {
      throw Failure(
        .badData, "\(path): a recipe is keys and values, as in 'method: gptq' and 'bits: 4'")
    }
    return try QuantizationRecipe(values, path: path)
  }

  /// What Yams read, as a value whose kind is known.
  private static func value(_ loaded: Any, _ path: String) throws -> RecipeValue {
    switch loaded {
    case let value as Bool: return .flag(value)
    case let value as Int: return .whole(value)
    case let value as Double: return .number(value)
    case let value as String: return .text(value)
    case let values as [Any]: return .list(try values.map { try value($0, path) })
    case let values as [AnyHashable: Any]:
      var table: [String: RecipeValue] = [:]
      for (key, item) in values {
        guard let key = key as? String else {
          throw Failure(.badData, "\(path): the key \(key) is not a text")
        }
        table[key] = try value(item, path)
      }
      return .table(table)
    default: throw Failure(.badData, "\(path): a value is neither number, text, list nor table")
    }
  }
}
