/// The kinds of checkpoint files that are read.
public enum CheckpointFormat: String, Sendable, CaseIterable {
  /// Hugging Face's format: a JSON header and the tensors' bytes.
  case safetensors
  /// What `torch.save` writes: a zip archive, or before PyTorch 1.6 a row of pickles.
  case pytorch
  /// The format of llama.cpp.
  case gguf
  /// The `.bin` files of llama2.c: a header of seven numbers, then float32.
  case llama2c
}

extension CheckpointFormat {
  /// What the first bytes of a file say it is; nil where they are of no format that is read.
  ///
  /// llama2.c's files have no letters of their own at the front: what is left over is tried as one.
  init?(of bytes: UnsafeRawBufferPointer) {
    if bytes.starts(with: GGUFHeader.magic) {
      self = .gguf
    } else if bytes.starts(with: ZipArchive.magic) || bytes.starts(with: LegacyPyTorch.magic) {
      self = .pytorch
    } else if SafetensorsHeader.isLikely(bytes) {
      self = .safetensors
    } else if Llama2CHeader.isLikely(bytes) {
      self = .llama2c
    } else {
      return nil
    }
  }

  /// What a file of none of the formats seems to be, for a message.
  static func guess(_ bytes: UnsafeRawBufferPointer) -> String {
    guard !bytes.isEmpty else { return "it is empty" }
    let text = String(decoding: bytes.prefix(64), as: UTF8.self)
    if text.hasPrefix("version https://git-lfs") {
      return "it is a pointer of Git LFS and not the weights themselves: run git lfs pull"
    }
    if text.lowercased().hasPrefix("<!doctype") || text.lowercased().hasPrefix("<html") {
      return "it is a web page: download the file itself"
    }
    for (letters, name) in [
      ("lmgg", "ggml's format of before GGUF: convert it with llama.cpp"),
      ("fmgg", "ggml's format of before GGUF: convert it with llama.cpp"),
      ("tjgg", "ggml's format of before GGUF: convert it with llama.cpp"),
      ("\u{93}NUMPY", "a NumPy array: save it as safetensors"),
      ("\u{89}HDF", "an HDF5 file: save it as safetensors"),
    ] where bytes.starts(with: letters.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) {
      return "it is \(name)"
    }
    if bytes.first == 0x80, bytes.count > 1, bytes[1] <= 5 {
      return "it is a bare pickle, which only the program that wrote it can read"
    }
    let first = bytes.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    return "it begins with the bytes \(first.joined(separator: " "))"
  }
}
