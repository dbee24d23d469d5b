internal import Glibc

/// How large a step is: rising evenly at first, then falling along half a cosine.
public struct LearningRateSchedule: Sendable, Equatable, Codable {
  /// The largest learning rate.
  public var peak: Double
  /// Steps until it is reached.
  public var warmupSteps: Int
  /// Steps until the end; from then on the rate stays at its last value.
  public var steps: Int
  /// The last rate as a share of the peak.
  public var finalShare: Double

  /// Makes a schedule.
  ///
  /// - Parameters:
  ///   - peak: The largest learning rate.
  ///   - warmupSteps: Steps until it is reached.
  ///   - steps: Steps until the end.
  ///   - finalShare: The last rate as a share of the peak.
  public init(peak: Double, warmupSteps: Int, steps: Int, finalShare: Double = 0.1) {
    self.peak = peak
    self.warmupSteps = warmupSteps
    self.steps = steps
    self.finalShare = finalShare
  }

  /// The rate of a step.
  ///
  /// - Parameter step: The step, counted from 1.
  /// - Returns: peak · step / warm-up while warming up; then peak · (share + (1 − share) ·
  ///   (1 + cos π t) / 2), with t going from 0 to 1.
  public func rate(at step: Int) -> Double {
    if step < warmupSteps { return peak * Double(step) / Double(warmupSteps) }
    let progress = Double(step - warmupSteps) / Double(max(1, steps - warmupSteps))
    let fall = (1 + cos(Double.pi * min(1, progress))) / 2
    return peak * (finalShare + (1 - finalShare) * fall)
  }
}
