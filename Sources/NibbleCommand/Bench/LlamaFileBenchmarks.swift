import Foundation
import Models
import Pipelines
import Tensors

/// GGUF files of a Llama: written, and run, beside llama.cpp with the same files in the same run.
enum LlamaFileBenchmarks {
  private static let runs = 5
  /// Each of them on what the ones before left in the cache.
  private static let continuation = 64
  private static let decoded = ["f32", "q8_0", "q4_k_m"]

  /// A whole file quantized, and new tokens computed from files in three mixtures.
  static func all() throws -> [Figure] {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try RandomModel.llama().write(to: folder)
    let source = try SourceModel(path: folder)
    for mixture in ["f16"] + decoded {
      _ = try GGUFConversion(source, mixture: GGUFMixture(named: mixture))
        .write(to: "\(folder)/\(mixture).gguf")
    }
    if !PeerScript.canImport(["llama_cpp"]) {
      Output.note("no Python with llama_cpp: files are measured without llama.cpp")
    }
    return try quantizing(source, in: folder) + decoding(in: folder)
  }

  /// Seconds from a folder in half precision to a Q4_K_M file, and how many tensors are llama.cpp's, byte for
  /// byte; llama.cpp starts from the same numbers in a GGUF file.
  private static func quantizing(_ source: SourceModel, in folder: String) throws -> [Figure] {
    let (own, other) = ("\(folder)/own.gguf", "\(folder)/theirs.gguf")
    let peer = PeerScript(
      llama(folder) + quantizeWork, arguments: [], importing: ["llama_cpp"])
    let mixture = try GGUFMixture(named: "q4_k_m")
    let (ours, theirs) = try inTurn(with: peer) {
      _ = try GGUFConversion(source, mixture: mixture).write(to: own, replacing: true)
    }
    var figures = [
      figure("Q4_K_M file of a Llama of 134M", "s", ours, theirs)
    ]
    if !theirs.isEmpty {
      let (same, all) = try sameTensors(own, other)
      figures.append(
        Figure(
          name: "its tensors with llama.cpp's bytes", unit: "tensors", values: [Double(same)],
          against: Figure.Probe(name: "all of them", values: [Double(all)])))
    }
    return figures
  }

  /// New tokens a second, one at a time, from each mixture's file, and the quantized ones' gain.
  private static func decoding(in folder: String) throws -> [Figure] {
    var figures: [Figure] = []
    var single: [Double] = []
    for mixture in decoded {
      let model = try Transformer(path: "\(folder)/\(mixture).gguf")
      let tokens = (0..<continuation).map { $0 * 37 % model.configuration.vocabularySize }
      let peer = PeerScript(
        llama(folder) + decodeWork(mixture), arguments: [continuation], importing: ["llama_cpp"])
      let (ours, theirs) = try inTurn(with: peer) {
        let cache = KeyValueCache(for: model.configuration)
        for token in tokens { _ = try model.logits([token], cache: cache, rows: .last) }
      }
      let rates = ours.map { Double(continuation) / $0 }
      let name = "decoding, one token at a time, \(mixture)"
      figures.append(figure(name, "tokens/s", rates, theirs.map { Double(continuation) / $0 }))
      if mixture == "f32" {
        single = rates
      } else {
        figures.append(
          Figure(
            name: name + ", beside f32", unit: "tokens/s", values: rates,
            against: Figure.Probe(name: "our own float32", values: single)))
      }
    }
    return figures
  }

  /// Seconds of our runs and of the peer's, one after the other, after a run that does not count.
  private static func inTurn(
    with peer: PeerScript?, _ work: () throws -> Void
  ) throws -> (ours: [Double], theirs: [Double]) {
    try work()
    var (ours, theirs) = ([Double](), [Double]())
    for _ in 0..<runs {
      if let seconds = peer?.seconds() { theirs.append(seconds) }
      ours.append(try Stopwatch.seconds(work))
    }
    return (ours, theirs.count == ours.count ? theirs : [])
  }

  private static func figure(
    _ name: String, _ unit: String, _ ours: [Double], _ theirs: [Double]
  ) -> Figure {
    Figure(
      name: name, unit: unit, values: ours,
      against: theirs.isEmpty ? nil : Figure.Probe(name: "llama.cpp, same cores", values: theirs))
  }

  /// How many tensors two files have the same bytes of, and how many the first has.
  private static func sameTensors(_ path: String, _ other: String) throws -> (same: Int, all: Int) {
    let (ours, theirs) = (try GGUFFile(path: path), try GGUFFile(path: other))
    let same = try ours.names.count { name in
      guard theirs.contains(name) else { return false }
      return try ours.bytes(named: name) == theirs.bytes(named: name)
    }
    return (same, ours.names.count)
  }

  private static func llama(_ folder: String) -> String {
    // A folder of the system's own naming: no character in it needs an escape.
    """
    import ctypes, os, llama_cpp
    folder = "\(folder)"
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    threads = len(os.sched_getaffinity(0))


    """
  }

  private static let quantizeWork = """
    def prepare():
        settings = llama_cpp.llama_model_quantize_default_params()
        settings.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
        settings.nthread = threads
        return settings

    def work(settings):
        failed = llama_cpp.llama_model_quantize(
            (folder + "/f16.gguf").encode(), (folder + "/theirs.gguf").encode(), settings)
        assert failed == 0
    """

  private static func decodeWork(_ mixture: String) -> String {
    """
    def prepare(count):
        model = llama_cpp.llama_model_load_from_file(
            (folder + "/\(mixture).gguf").encode(), llama_cpp.llama_model_default_params())
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = 512
        settings.n_threads = settings.n_threads_batch = threads
        return model, llama_cpp.llama_init_from_model(model, settings), count

    def work(prepared):
        model, context, count = prepared
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        token = (llama_cpp.llama_token * 1)()
        for place in range(count):
            token[0] = place * 37 % 32000
            assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(token, 1)) == 0
            llama_cpp.llama_get_logits_ith(context, -1)[0]
    """
  }
}
