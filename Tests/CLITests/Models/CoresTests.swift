import Foundation
import Testing

/// By law: what a model computes does not depend on how many cores the machine has.
@Suite("the number of cores")
struct CoresTests {
  /// A library that lets a program see another number of cores.
  private static let shim = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <stdlib.h>
    #include <unistd.h>
    long sysconf(int name) {
      const char *cores = getenv("TEST_CORES");
      if (cores && name == _SC_NPROCESSORS_ONLN) return atol(cores);
      long (*real)(int) = dlsym(RTLD_NEXT, "sysconf");
      return real(name);
    }
    """

  @Test(
    "logits are the same bytes with one core, two, three and eight, with kernels of the BLAS that tell cuts apart",
    arguments: ["Haswell", "Zen"])
  func logits(kernels: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let source = try folder.file("cores.c", text: Self.shim)
    let library = folder.path + "/cores.so"
    let built = try Nibble.shell("clang -shared -fPIC -o '\(library)' '\(source)' -ldl")
    try #require(built.status == 0, "\(built.errors)")
    let ids = (0..<96).map { "\($0 * 37 % 900)" }.joined(separator: ",")
    for model in ["llama", "opt"] {
      var found: Set<Data> = []
      for cores in ["1", "2", "3", "8"] {
        let out = "\(folder.path)/\(model)-\(cores).safetensors"
        let run = try Nibble.run(
          "logits", "--model", Nibble.package + "/Datasets/models/" + model, "--ids", ids,
          "--out", out,
          environment: [
            "LD_PRELOAD": library, "TEST_CORES": cores, "OPENBLAS_CORETYPE": kernels,
          ])
        #expect(run.status == 0, "\(run.errors)")
        found.insert(try Data(contentsOf: URL(fileURLWithPath: out)))
      }
      #expect(found.count == 1, "\(model): \(found.count) different results")
    }
  }
}
