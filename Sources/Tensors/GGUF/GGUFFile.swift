/// A GGUF file, mapped into memory, whose header has been checked against every rule.
///
/// Opening reads the header only. After opening nothing in the file can lead outside it: types, sizes
/// and offsets agree with each other and with the file's length, names are unique, and tensors follow
/// each other in the order of the header, each padded to the alignment.
///
/// Source: ggml, docs/gguf.md, versions 2 and 3, little-endian.
public final class GGUFFile: Sendable {
  /// The path the file was opened at.
  public let path: String
  /// The version of the format: 2 or 3.
  public let version: Int
  /// The keys and their values.
  public let metadata: [String: GGUFValue]
  /// The keys in the order of the file.
  public let keys: [String]
  /// The type of each key's value as it is stored; of a list, the type of its items.
  public let types: [String: GGUFValueType]
  /// The tensors in the order of the file.
  public let entries: [GGUFTensorInfo]

  let file: FileBytes
  private let places: [ExactName: Int]

  /// Opens a file and checks it.
  ///
  /// - Parameter path: Where the file is.
  /// - Throws: `GGUFError`; its ``GGUFError/isMissingInput`` tells a file that is not there from one
  ///   that is malformed.
  public convenience init(path: String) throws(GGUFError) {
    let file: FileBytes
    do {
      file = try FileBytes(path: path)
    } catch {
      switch error {
      case .noSuchFile: throw .noSuchFile(path: path)
      case .notARegularFile: throw .cannotRead(path: path, reason: "it is not a file")
      case .cannotRead(_, let reason): throw .cannotRead(path: path, reason: reason)
      default: throw .cannotRead(path: path, reason: "\(error)")
      }
    }
    try self.init(file, path: path)
  }

  /// Checks the bytes of a file that is in memory already.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - path: What to call it in messages.
  /// - Throws: `GGUFError`.
  public convenience init(bytes: [UInt8], path: String = "memory") throws(GGUFError) {
    try self.init(FileBytes(bytes), path: path)
  }

  /// Checks a file that is mapped already.
  init(_ file: FileBytes, path: String) throws(GGUFError) {
    let header = try GGUFHeader(fileBytes: file.bytes, path: path)
    self.file = file
    self.path = path
    version = header.version
    metadata = header.metadata
    keys = header.keys
    types = header.types
    entries = header.tensors
    places = Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { (ExactName($1.name), $0) })
  }

  /// Whether a file begins as GGUF files do.
  ///
  /// - Parameter path: Where the file is.
  /// - Returns: False also where there is no file or it cannot be read.
  public static func isGGUF(path: String) -> Bool {
    guard let file = try? FileBytes(path: path) else { return false }
    return file.withBytes { $0.starts(with: GGUFHeader.magic) }
  }

  /// The tensors' names, in the order of the file.
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
  /// - Throws: `GGUFError.noSuchTensor`, which names those that come nearest.
  public func info(named name: String) throws(GGUFError) -> GGUFTensorInfo {
    guard let place = places[ExactName(name)] else {
      throw .noSuchTensor(
        path: path, name: name, nearest: nearestNames(to: name, among: names),
        count: entries.count)
    }
    return entries[place]
  }

  /// A tensor's bytes as they are stored.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: A copy.
  /// - Throws: `GGUFError.noSuchTensor`.
  public func bytes(named name: String) throws(GGUFError) -> [UInt8] {
    let range = try info(named: name).byteRange
    return file.withBytes { [UInt8]($0[range]) }
  }

  /// A tensor of plain numbers as a matrix: outer sizes multiplied, by the innermost.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The numbers, converted as ``SafetensorsFile/matrix(named:)`` does.
  /// - Throws: `GGUFError.noSuchTensor`, or `GGUFError.notPlainNumbers` for a tensor in blocks.
  public func matrix(named name: String) throws(GGUFError) -> Matrix {
    let info = try info(named: name)
    guard let type = info.type.plain else {
      throw .notPlainNumbers(path: path, name: name, type: info.type.name)
    }
    return Matrix(rows: info.rows, columns: info.columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      file.withBytes { bytes in
        convertToFloats(
          UnsafeRawBufferPointer(rebasing: bytes[info.byteRange]), of: type, into: target)
      }
    }
  }
}
