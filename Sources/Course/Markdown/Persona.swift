/// A kind of reader that a chapter may address.
public enum Persona: String, CaseIterable, Codable, Hashable, Sendable {
  /// Learns the subject for the first time.
  case studentOfComputing = "cs-student"
  /// Ships a quantized model.
  case appliedEngineer = "applied-engineer"
  /// Chooses among methods and measures them.
  case appliedResearcher = "applied-researcher"
  /// Makes new methods.
  case frontierResearcher = "frontier-researcher"

  /// The persona in words.
  public var name: String {
    switch self {
    case .studentOfComputing: "Computer science student"
    case .appliedEngineer: "Applied engineer"
    case .appliedResearcher: "Applied researcher"
    case .frontierResearcher: "Frontier researcher"
    }
  }
}
