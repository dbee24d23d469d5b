import Foundation
import Tensors
import Testing

@Suite("The kernels of the BLAS")
struct BLASCoreTests {
  @Test(
    "a processor with wide vectors does not run the kernels of one without",
    .enabled(
      if: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil && BLASCore.widest != nil,
      "OPENBLAS_CORETYPE is set, or no AVX2 here"))
  func notTheFallback() {
    #expect(BLASCore.name != "Prescott")
  }
}
