import Foundation

/// A folder that a test makes and removes.
struct TemporaryFolder {
  let path: String

  /// Makes one.
  ///
  /// - Parameter inMemory: Whether it need not outlive anything: where there is a file system in memory, thousands of
  ///   runs that wait for a disk each time take minutes less.
  /// - Throws: What making a folder throws.
  init(inMemory: Bool = false) throws {
    let memory = "/dev/shm/"
    let isThere = inMemory && FileManager.default.isWritableFile(atPath: memory)
    path = (isThere ? memory : NSTemporaryDirectory()) + "nibble-cli-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let path = self.path + "/" + name
    let parent = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Writes a text file and returns its path.
  func file(_ name: String, text: String) throws -> String {
    try file(name, Array(text.utf8))
  }

  /// Makes a folder inside and returns its path.
  func folder(_ name: String) throws -> String {
    let path = self.path + "/" + name
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  /// The names in this folder, or in one inside it.
  func names(in folder: String = "") -> [String] {
    let path = folder.isEmpty ? self.path : self.path + "/" + folder
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// The paths of every file below a folder in here, hidden ones too.
  func files(under folder: String) -> [String] {
    let root = path + "/" + folder
    let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return found.map { root + "/" + $0 }.sorted()
  }

  /// Writes a safetensors file of float32 tensors.
  func safetensors(
    _ name: String, _ tensors: [(name: String, shape: [Int], values: [Float])]
  ) throws -> String {
    try safetensors(
      name,
      tensors.map { tensor in
        let bytes = tensor.values.flatMap { value in
          withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        return (tensor.name, "F32", tensor.shape, bytes)
      })
  }

  /// Writes a safetensors file of tensors of any type, by their bytes.
  func safetensors(
    _ name: String, _ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])]
  ) throws -> String {
    var header: [String] = []
    var data: [UInt8] = []
    for tensor in tensors {
      let start = data.count
      data += tensor.bytes
      header.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(start),\(data.count)]}")
    }
    var text = Array("{\(header.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return try file(name, length + text + data)
  }
}
