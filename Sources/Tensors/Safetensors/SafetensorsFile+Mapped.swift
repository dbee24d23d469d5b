/// A tensor's bytes where they lie in a mapped file, which stays mapped as long as this value lives.
///
/// For weights that are used in place: a model of many gigabytes loads in no time and shares its memory
/// with every process that maps the same file.
public struct MappedTensor: @unchecked Sendable {
  // Sendable although it holds a pointer: the mapping is never written and `file` keeps it.
  /// What the header says of the tensor.
  public let info: TensorInfo
  /// Its bytes, little-endian, row after row; they may begin at any address.
  public let bytes: UnsafeRawBufferPointer
  private let file: SafetensorsFile

  init(info: TensorInfo, bytes: UnsafeRawBufferPointer, file: SafetensorsFile) {
    self.info = info
    self.bytes = bytes
    self.file = file
  }
}

extension SafetensorsFile {
  /// A tensor in place, without a copy.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its bytes, valid as long as the result is kept.
  /// - Throws: `SafetensorsError.noSuchTensor`.
  public func mapped(named name: String) throws(SafetensorsError) -> MappedTensor {
    let info = try info(named: name)
    return withBytes(of: info) { MappedTensor(info: info, bytes: $0, file: self) }
  }
}
