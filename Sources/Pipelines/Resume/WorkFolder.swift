internal import FoundationEssentials
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// The folder beside the output in which a run keeps what it has done, so that it can go on after any end.
///
/// `.NAME.nibble` holds the run's fingerprint, a file for each block that is done, the vectors that the next
/// block is given, and the output while it is put together. The order of writing makes every moment a good one
/// to die: the vectors for block i + 1 are there before block i counts as done, and those for block i go only
/// after that. A lock, which the system takes away from a dead process, keeps a second run out.
final class WorkFolder {
  let path: String
  private var lock: Int32

  /// The folder for an output.
  static func path(for output: String) -> String {
    let (folder, name) = Files.split(output)
    return "\(folder)/.\(name).nibble"
  }

  /// Takes the folder, making it where it is not there.
  ///
  /// - Parameter output: The folder that the run is to make.
  /// - Throws: `PipelineError.busy` or `.cannotWrite`.
  init(for output: String) throws(PipelineError) {
    path = Self.path(for: output)
    lock = -1
    while true {
      try Files.makeFolder(path)
      let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      if descriptor < 0 {
        if errno == ENOENT { continue }  // another run has just removed the folder
        throw Files.failure(path + "/lock")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let failure = errno == EWOULDBLOCK ? PipelineError.busy(path: output) : Files.failure(path)
        close(descriptor)
        throw failure
      }
      // The run before may have removed the folder between the two calls: then this lock locks nothing.
      var (mine, there) = (stat(), stat())
      if fstat(descriptor, &mine) == 0, stat(path + "/lock", &there) == 0,
        mine.st_ino == there.st_ino
      {
        lock = descriptor
        try removeRests()
        return
      }
      close(descriptor)
    }
  }

  /// Removes what a run that was killed left half-written, or half-removed.
  private func removeRests() throws(PipelineError) {
    try Files.remove(Self.discarded(for: path))
    for name in try names() where name.hasSuffix(".partial") { try Files.remove("\(path)/\(name)") }
  }

  deinit { if lock >= 0 { close(lock) } }

  /// Removes the folder with everything in it.
  ///
  /// It gets another name first, in one move: an end in between must not leave half a folder that no longer
  /// says whose it was. What such an end leaves is removed by the next run that takes the folder.
  func remove() throws(PipelineError) {
    let discarded = Self.discarded(for: path)
    try Files.remove(discarded)
    try Files.move(path, to: discarded)
    try Files.remove(discarded)
  }

  private static func discarded(for path: String) -> String { path + "-discarded" }

  /// Removes everything in it but the lock.
  func clear() throws(PipelineError) {
    for name in try names() where name != "lock" { try Files.remove("\(path)/\(name)") }
  }

  private func names() throws(PipelineError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .brokenState(path: path, reason: "the folder cannot be listed")
    }
  }

  /// The fingerprint of the run whose folder this is; nil where there is none yet.
  func fingerprint() throws(PipelineError) -> Fingerprint? {
    let file = path + "/fingerprint.json"
    guard Files.exists(file) else { return nil }
    guard let fingerprint = Fingerprint(try Files.contents(file)) else {
      throw .brokenState(path: file, reason: "it is not a list of texts by key")
    }
    return fingerprint
  }

  /// Makes the folder a run's.
  func begin(_ fingerprint: Fingerprint) throws(PipelineError) {
    try clear()
    try Files.write(
      Array((fingerprint.json.description + "\n").utf8), to: path + "/fingerprint.json")
  }

  /// Where the output is put together.
  var output: String { path + "/output" }

  private func block(_ index: Int) -> String { "\(path)/block-\(index).safetensors" }
  private func states(before index: Int) -> String { "\(path)/vectors-\(index).safetensors" }

  /// How many blocks are done, from the first on.
  func blocksDone(of count: Int) -> Int {
    (0..<count).first { !Files.exists(block($0)) } ?? count
  }

  /// A block that is done.
  func stored(_ index: Int) throws(PipelineError) -> StoredBlock {
    let path = block(index)
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile(path: path)
    } catch {
      throw .brokenState(path: path, reason: "\(error)")
    }
    guard let text = file.metadata["records"],
      let records = try? JSONDecoder().decode([LayerRecord].self, from: Data(text.utf8))
    else { throw .brokenState(path: path, reason: "it says nothing of its layers") }
    return StoredBlock(file: file, records: records)
  }

  /// The vectors that a block is given.
  func states(before index: Int, sequences: Int, keepingExact: Bool) throws(PipelineError)
    -> HiddenStates
  {
    let path = states(before: index)
    do {
      let file = try SafetensorsFile(path: path)
      var states = HiddenStates(sequences: [], exact: [])
      for place in 0..<sequences {
        states.sequences.append(try file.matrix(named: "sequence.\(place)"))
        if keepingExact { states.exact.append(try file.matrix(named: "exact.\(place)")) }
      }
      return states
    } catch {
      throw .brokenState(path: path, reason: "\(error)")
    }
  }

  /// Keeps a block, after the vectors that the next is given.
  func keep(
    block index: Int, _ tensors: [StoredTensor], _ records: [LayerRecord], next: HiddenStates?
  ) throws(PipelineError) {
    if let next { try keep(next, before: index + 1) }
    let text: String
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      text = String(decoding: try encoder.encode(records), as: UTF8.self)
    } catch {
      throw .cannotWrite(path: block(index), reason: "\(error)")
    }
    var writer = SafetensorsWriter(metadata: ["records": text])
    try asFileWork { () throws(SafetensorsError) in
      for tensor in tensors {
        try writer.add(tensor.name, shape: tensor.shape, bytes: tensor.bytes, as: tensor.type)
      }
      try writer.write(to: block(index), replacing: true, durable: true)
    }
    try Files.remove(states(before: index))
  }

  private func keep(_ states: HiddenStates, before index: Int) throws(PipelineError) {
    var writer = SafetensorsWriter()
    try asFileWork { () throws(SafetensorsError) in
      for (place, matrix) in states.sequences.enumerated() {
        try writer.add("sequence.\(place)", matrix)
      }
      for (place, matrix) in states.exact.enumerated() { try writer.add("exact.\(place)", matrix) }
      try writer.write(to: self.states(before: index), replacing: true, durable: true)
    }
  }
}

/// A block that is done, as it is kept.
struct StoredBlock {
  let file: SafetensorsFile
  let records: [LayerRecord]
}
