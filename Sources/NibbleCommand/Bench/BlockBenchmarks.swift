import CKernels
import Quantization
import Tensors

/// How fast rows become GGUF blocks on one thread, beside llama.cpp's own functions.
enum BlockBenchmarks {
  private static let rows = 1024
  private static let columns = 4096
  /// The formats with a search take so long in llama.cpp that a few rows must do.
  private static let fewRows = 64

  /// Every block format: gigabytes of float32 read a second, and how often llama.cpp's speed that is.
  ///
  /// llama.cpp is the library inside the Python package llama_cpp, or libggml, called on the same number
  /// of values in turn with ours; without it figures stand beside the memory probe alone.
  static func all() throws -> [Figure] {
    let weight = Matrix(
      rows: rows, columns: columns, drawnFrom: .normal(deviation: 0.02), seed: 3)
    let few = Matrix(rows: fewRows, columns: columns) { row, column in weight[row, column] }
    let package = ["llama_cpp", "libggml"].first { PeerScript.canImport([$0, "numpy"]) }
    if package == nil {
      Output.note("no Python with numpy and llama_cpp or libggml: no comparison with llama.cpp")
    }
    nibble_probe_memory(1)
    return try BlockFormat.all.map { format in
      try figure(
        format, of: format.isSearched ? few : weight, runs: format.isSearched ? 3 : 7,
        package: package)
    }
  }

  private static func figure(
    _ format: BlockFormat, of weight: Matrix, runs: Int, package: String?
  ) throws -> Figure {
    let bytes = Double(weight.count * MemoryLayout<Float>.size)
    let size = format.bytesPerRow(columns: weight.columns) * weight.rows
    var peer = package.flatMap {
      PeerScript(
        llamaCpp, arguments: [format.typeID, weight.rows, weight.columns, size],
        importing: [$0, "numpy"])
    }
    let probe = MemoryProbe()
    var ours: [Double] = []
    var others: [Double] = []
    _ = try format.quantized(weight, threads: 1)  // warm-up
    var probes: [Double] = []
    for _ in 0..<runs {
      probes.append(probe.gigabytesPerSecond())
      if let seconds = peer?.seconds() {
        others.append(bytes / seconds / 1e9)
      } else if peer != nil {
        Output.note("llama.cpp ended while it was measured on \(format.name): left out there")
        peer = nil
      }
      ours.append(
        bytes / (try Stopwatch.seconds { _ = try format.quantized(weight, threads: 1) }) / 1e9)
    }
    return Figure(
      name: "gguf:\(format.name), 1 thread", unit: "GB/s of float32", values: ours,
      against: Figure.Probe(
        name: peer == nil ? "memory read, 1 thread" : "llama.cpp, 1 thread",
        values: peer == nil ? probes : others))
  }

  /// One call of the library's public function for all rows, as its own programs make it.
  private static let llamaCpp = """
    import ctypes, importlib.util, os
    import numpy


    def library():
        for package in ("llama_cpp", "libggml"):
            found = importlib.util.find_spec(package)
            for root in found.submodule_search_locations if found else []:
                for folder in ("lib", "lib64"):
                    path = os.path.join(root, folder, "libggml-base.so")
                    if os.path.exists(path):
                        return path
        raise SystemExit("no libggml-base.so")


    def prepare(number, rows, columns, size):
        ggml = ctypes.CDLL(library())
        ggml.ggml_quantize_init(number)
        random = numpy.random.default_rng(3)
        values = random.normal(0, 0.02, (rows, columns)).astype(numpy.float32)
        return ggml, number, rows, columns, values, numpy.zeros(size, numpy.uint8)


    def work(prepared):
        ggml, number, rows, columns, values, target = prepared
        pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)
        if number == 15:  # Q8_K is for activations and has no entry in the general function
            ggml.quantize_row_q8_K_ref(
                pointer(values), pointer(target), ctypes.c_int64(rows * columns))
            return
        ggml.ggml_quantize_chunk(
            number, pointer(values), pointer(target), ctypes.c_int64(0), ctypes.c_int64(rows),
            ctypes.c_int64(columns), None)
    """
}

extension BlockFormat {
  /// Whether a scale is found by trying several.
  fileprivate var isSearched: Bool {
    name.hasPrefix("iq4") || name.hasSuffix("_k") && name != "q8_k"
  }
}
