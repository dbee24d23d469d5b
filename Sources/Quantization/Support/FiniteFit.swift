internal import Grids

/// The result of a fit to values that are known to be finite and there.
func finiteFit<Fit>(_ fit: () throws(GridError) -> Fit) -> Fit {
  do {
    return try fit()
  } catch {
    preconditionFailure("\(error)")  // a layer's weights were checked before
  }
}
