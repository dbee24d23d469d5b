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
  /// The output that is to be made.
  private let target: String
  private var lock: Int32
  /// Whether an earlier run had set the output aside to replace it, was stopped before it had put the new one
  /// there, and this call has put it back.
  private(set) var hasPutBack = false

  /// The folder for an output.
  static func path(for output: String) -> String {
    let (folder, name) = Files.split(output)
    return "\(folder)/.\(name).nibble"
  }

  /// Takes the folder, making it where it is not there.
  ///
  /// - Parameter output: What the run is to make.
  /// - Throws: `PipelineError.busy`, `.inTheWay` or `.cannotWrite`.
  init(for output: String) throws(PipelineError) {
    path = Self.path(for: output)
    target = output
    lock = -1
    // Other runs may remove the folder at every moment until it is locked; they do not do so for ever.
    for _ in 0..<1000 {
      try Files.makeFolder(path)
      try Self.requireNothingElse(at: path)
      let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
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
        hasPutBack = try Files.putBack(output, from: aside)
        return
      }
      close(descriptor)
    }
    throw .busy(path: output)
  }

  /// Removes what a run that was killed left half-written, or half-removed.
  private func removeRests() throws(PipelineError) {
    Self.removeDiscarded(for: target)
    for name in try Files.names(in: path) where name.hasSuffix(".partial") {
      try Files.remove("\(path)/\(name)")
    }
  }

  /// Removes what is left of a folder that was being removed; what cannot be stays for another time.
  static func removeDiscarded(for output: String) {
    let path = discarded(for: path(for: output))
    if isOwn(folder: path) { try? removeLockLast(path) }
  }

  deinit { if lock >= 0 { close(lock) } }

  /// Removes the folder with everything in it.
  ///
  /// It gets another name first, in one move: an end in between must not leave half a folder that no longer
  /// says whose it was. What such an end leaves is removed by the next run that takes the folder.
  func remove() throws(PipelineError) {
    try Files.putBack(target, from: aside)
    let discarded = Self.discarded(for: path)
    // Where somebody else's data has that name, it is theirs.
    let isFree = Files.kind(of: discarded) == .nothing
    if isFree { try Files.move(path, to: discarded) }
    try Self.removeLockLast(isFree ? discarded : path)
  }

  /// Removes the folder of a run that is at work in this process and about to be ended; but never an output
  /// that is set aside.
  static func giveUp(_ output: String) {
    let path = path(for: output)
    for name in (try? Files.names(in: path)) ?? [] where name != "replaced" {
      try? Files.remove("\(path)/\(name)")
    }
    rmdir(path)
  }

  private static func removeLockLast(_ folder: String) throws(PipelineError) {
    // What says whose the others are goes before them.
    try Files.remove(folder + "/fingerprint.json")
    for name in (try? Files.names(in: folder)) ?? [] where name != "lock" {
      try Files.remove("\(folder)/\(name)")
    }
    try Files.remove(folder)
  }

  private static func discarded(for path: String) -> String { path + "-discarded" }

  /// Removes everything in it but the lock and an output that is set aside.
  func clear() throws(PipelineError) { try clear(keeping: []) }

  private func clear(keeping kept: [String]) throws(PipelineError) {
    for name in try Files.names(in: path) where !(["lock", "replaced"] + kept).contains(name) {
      try Files.remove("\(path)/\(name)")
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

  /// Makes the folder a run's; what layers lose, which says itself what it holds for, stays.
  func begin(_ fingerprint: Fingerprint) throws(PipelineError) {
    try clear(keeping: [Self.profile])
    try Files.write(
      Array((fingerprint.json.description + "\n").utf8), to: path + "/fingerprint.json")
  }

  /// Where the output is put together.
  var output: String { path + "/output" }

  /// Where the old output goes on file systems that cannot exchange names.
  private var aside: String { path + "/replaced" }

  /// Gives what was put together the output's name, and removes what it has replaced.
  func place(_ whole: String, replacing: Bool) throws(PipelineError) {
    try Files.place(whole, at: target, replacing: replacing, aside: aside)
    try Files.remove(whole)
    try Files.remove(aside)
  }

  /// Where what layers lose at each width is kept.
  static let profile = "profile.json"

  /// Whether there is anything in it that another run could go on with.
  var holdsWork: Bool { Files.exists("\(path)/\(Self.profile)") || blocksDone(of: 1) > 0 }

  /// Whether there is anything in it that would be missed.
  var isWorthKeeping: Bool { holdsWork || Files.kind(of: aside) != .nothing }

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
