/// A safetensors file, mapped into memory, whose header has been checked against every rule.
///
/// Opening reads the header only; a tensor's bytes come from the disk when they are first touched.
/// After opening nothing in the file can lead outside it: names, types, shapes and offsets agree
/// with each other and with the file's size.
///
/// The size is taken at opening. If another process shortens the file afterwards, touching the lost
/// part ends this process with SIGBUS; replace files by renaming a new one over them.
public final class SafetensorsFile: Sendable {
  /// The path the file was opened at.
  public let path: String
  /// The tensors, by name in the order of its UTF-8 bytes.
  public let entries: [TensorInfo]
  /// The texts that the file carries beside its tensors.
  public let metadata: [String: String]

  let file: FileBytes
  /// Where the data begin in the file.
  let dataStart: Int
  private let places: [ExactName: Int]

  /// Opens a file and checks it.
  ///
  /// - Parameter path: Where the file is.
  /// - Throws: `SafetensorsError`; its ``SafetensorsError/kind`` tells a file that is not there
  ///   from one that is malformed.
  public convenience init(path: String) throws(SafetensorsError) {
    try self.init(FileBytes(path: path), path: path)
  }

  /// Checks the bytes of a file that is in memory already.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - path: What to call it in messages.
  /// - Throws: `SafetensorsError`.
  public convenience init(bytes: [UInt8], path: String = "memory") throws(SafetensorsError) {
    try self.init(FileBytes(bytes), path: path)
  }

  /// Checks a file that is mapped already.
  init(_ file: FileBytes, path: String) throws(SafetensorsError) {
    let header = try SafetensorsHeader(fileBytes: file.bytes, path: path)
    self.path = path
    self.file = file
    metadata = header.metadata
    dataStart = header.dataStart
    entries = header.tensors.sorted { ExactName($0.name) < ExactName($1.name) }
    places = Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { (ExactName($1.name), $0) })
  }

  /// The tensors' names, in the order of their UTF-8 bytes.
  public var names: [String] { entries.map(\.name) }

  /// The size of the file in bytes.
  public var fileSize: Int { file.bytes.count }

  /// Whether there is a tensor of a name.
  ///
  /// - Parameter name: The name, compared byte for byte.
  /// - Returns: Whether one is there.
  public func contains(_ name: String) -> Bool { places[ExactName(name)] != nil }

  /// What the header says of a tensor.
  ///
  /// - Parameter name: The tensor's name, compared byte for byte.
  /// - Returns: Its type, shape and place.
  /// - Throws: `SafetensorsError.noSuchTensor`, which names those that come nearest.
  public func info(named name: String) throws(SafetensorsError) -> TensorInfo {
    guard let place = places[ExactName(name)] else {
      throw .noSuchTensor(
        path: path, name: name, nearest: nearestNames(to: name, among: names),
        count: entries.count)
    }
    return entries[place]
  }

  /// Lends the bytes of a tensor as they are in the file, without copying them.
  ///
  /// Little-endian, row after row; in the file of another writer they may begin at any address.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - body: Reads the bytes; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: `SafetensorsError.noSuchTensor`.
  public func withBytes<Result>(
    named name: String, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(SafetensorsError) -> Result {
    withBytes(of: try info(named: name), body)
  }

  /// Lends the bytes of one of this file's tensors; the file stays mapped until `body` returns.
  func withBytes<Result>(
    of info: TensorInfo, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let range = dataStart + info.byteRange.lowerBound..<dataStart + info.byteRange.upperBound
    return withExtendedLifetime(file) {
      body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    }
  }
}
