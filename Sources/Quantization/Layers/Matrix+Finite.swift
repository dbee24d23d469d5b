internal import Tensors

extension Matrix {
  /// Refuses a matrix that was made of finite numbers and has left float32.
  func requireFinite(named name: String, in method: String) throws(QuantizationError) {
    let place = withUnsafeBufferPointer { $0.firstIndex { value in !value.isFinite } }
    if let place {
      throw .resultNotFinite(
        method: method, name: name, row: place / columns, column: place % columns)
    }
  }
}
