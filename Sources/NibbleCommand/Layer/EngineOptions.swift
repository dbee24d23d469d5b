import ArgumentParser
import Foundation
import Quantization
import Tensors

/// Where real zero is coded.
enum SymmetryFlag: String, EnumerableFlag {
  case symmetric
  case asymmetric
}

/// The names of the ways to choose a group's range.
enum RangeName: String, ExpressibleByArgument, CaseIterable {
  case minMax = "min-max"
  case meanSquaredError = "mse"
  case octav
  case percentile

  /// Refuses what does not belong to the range that was asked for.
  static func check(_ name: RangeName?, percentile: Double?, norm: Double?) throws {
    if percentile != nil, name != .percentile {
      throw ValidationError("--percentile goes with --range percentile")
    }
    if norm != nil, name != .meanSquaredError {
      throw ValidationError("--norm goes with --range mse")
    }
    try EngineLimits.check(percentile: percentile, norm: norm)
  }

  /// The choice of this name, with its parameter or its default.
  func choice(percentile: Double?, norm: Double?) -> RangeChoice {
    switch self {
    case .minMax: .minMax
    case .meanSquaredError: .meanSquaredError(norm: norm ?? 2)
    case .octav: .octav
    case .percentile: .percentile(percentile ?? 99.99)
    }
  }
}

/// What the options of `observe` and `layer` may be.
enum EngineLimits {
  /// Refuses a percentile outside 50 to 100 (a range must hold at least half of the values), and
  /// powers other than 2 and 2.4.
  static func check(percentile: Double?, norm: Double?) throws {
    if let percentile, !(percentile > 50 && percentile <= 100) {
      throw ValidationError("--percentile must be above 50 and at most 100, not \(percentile)")
    }
    if let norm, norm != 2, norm != 2.4 {
      throw ValidationError("--norm must be 2 or 2.4, not \(norm)")
    }
  }
}

extension SafetensorsFile {
  /// What the header says of a tensor.
  ///
  /// A name somebody typed that is not there is an input that does not exist (66); a file without the
  /// tensor that a command reads by default is not the data it expects (65).
  func info(named name: String, isAsked: Bool) throws -> TensorInfo {
    do {
      return try info(named: name)
    } catch {
      guard case .noSuchTensor = error, isAsked || !entries.isEmpty else { throw error }
      throw Failure(
        isAsked ? .noInput : .badData, "\(error); nibble inspect \(path) lists what is there")
    }
  }

  /// A tensor that is a matrix, or the reason why it is not one.
  func layerMatrix(named name: String, isAsked: Bool, axes: String) throws -> Matrix {
    let info = try info(named: name, isAsked: isAsked)
    guard info.shape.count == 2 else {
      let shape = info.shape.map(String.init).joined(separator: ", ")
      throw Failure(
        .badData, "\(path): \(name) has shape [\(shape)]; a matrix \(axes) was expected")
    }
    return try matrix(named: name)
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
