internal import COpenBLAS

/// How many threads the BLAS may use for one product.
///
/// One setting for the whole process. Set it before threads of your own call products at the same
/// time: with as many threads outside as there are cores, one inside each is fastest.
public enum BLASThreads {
  /// The number of threads; at first what the library found, usually the number of cores.
  public static var count: Int {
    get { Int(openblas_get_num_threads()) }
    set {
      precondition(newValue > 0, "\(newValue) threads; 1 or more are needed")
      openblas_set_num_threads(Int32(clamping: newValue))
    }
  }
}
