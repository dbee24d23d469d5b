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

  /// The choice behind the three options, or nil when none was given.
  static func choice(
    _ name: RangeName?, percentile: Double?, norm: Double?
  ) throws -> RangeChoice? {
    if percentile != nil, name != .percentile {
      throw ValidationError("--percentile goes with --range percentile")
    }
    if norm != nil, name != .meanSquaredError {
      throw ValidationError("--norm goes with --range mse")
    }
    try EngineLimits.check(percentile: percentile, norm: norm)
    switch name {
    case nil: return nil
    case .minMax: return .minMax
    case .meanSquaredError: return .meanSquaredError(norm: norm ?? 2)
    case .octav: return .octav
    case .percentile: return .percentile(percentile ?? 99.99)
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
  /// A tensor that is a matrix, or the reason why it is not one.
  func layerMatrix(named name: String, axes: String) throws -> Matrix {
    let info = try info(named: name)
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

/// The largest resident memory of this process so far.
enum PeakMemory {
  static var bytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024  // Linux counts kibibytes
  }
}

/// Output files: refused when they exist, unless forced.
enum OutputFile {
  static func check(_ path: String, force: Bool) throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists, isFolder.boolValue {
      throw Failure(.cannotWrite, "\(path): a folder stands there; name a file")
    }
    if exists, !force {
      throw Failure(.cannotWrite, "\(path): exists already; use --force to replace it")
    }
    let folder = (path as NSString).deletingLastPathComponent
    guard FileManager.default.isWritableFile(atPath: folder.isEmpty ? "." : folder) else {
      throw Failure(.cannotWrite, "\(path): its folder does not exist or cannot be written")
    }
  }
}
