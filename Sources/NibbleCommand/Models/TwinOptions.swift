import ArgumentParser
import Models

/// Which of two models that compute the same: as it is stored, or its twin without planted outliers.
struct TwinOptions: ParsableArguments {
  @Flag(
    help: "Take back the outlier channels planted in the course's own models: the same numbers.")
  var withoutOutliers = false
}
