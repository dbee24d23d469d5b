/// How far a run is, after one of its steps.
public struct TrainingProgress: Sendable, Equatable {
  /// The step that has just been taken, counted from 1.
  public let step: Int
  /// How many there will be.
  public let steps: Int
  /// The mean loss of the step's tokens before it was taken, in nats.
  public let loss: Double
  /// The norm of all slopes together, before clipping.
  public let gradientNorm: Double
  /// The step's learning rate.
  public let learningRate: Double
  /// Tokens a second since this process began or resumed the run.
  public let tokensPerSecond: Double
  /// Seconds until the end at that speed.
  public let secondsLeft: Double
}
