internal import Tensors
public import Tokenizers

#if canImport(Glibc)
internal import Glibc
#endif

extension Tokenizer {
  /// The tokenizer of a model, wherever it is kept.
  ///
  /// In a model's folder, or beside its weights: a `tokenizer.json` and whatever else
  /// `Tokenizer.load(path:)` reads. In a GGUF file itself. Beside a llama2.c file:
  /// `tokN.bin`, N being the size of the vocabulary, or `tokenizer.bin`. The weights need not be there.
  ///
  /// - Parameter path: A folder, a tokenizer's file, or a checkpoint's.
  /// - Returns: A tokenizer with the model's ids.
  /// - Throws: `ModelError.tokenizer`, in the reader's own words; or what is wrong with a checkpoint.
  public static func ofModel(at path: String) throws(ModelError) -> Tokenizer {
    try ofModel(at: path, checkpoint: nil)
  }

  /// The same, with the checkpoint where it has been opened already.
  static func ofModel(at path: String, checkpoint: Checkpoint?) throws(ModelError) -> Tokenizer {
    if isFolder(path) {
      do throws(TokenizerError) {
        return try load(path: path)
      } catch {
        guard case .noTokenizer = error,
          let inside = checkpoint ?? (try? Checkpoint(path: path)),
          let tokenizer = try beside(inside)
        else { throw ModelError(error) }
        return tokenizer
      }
    }
    if let checkpoint = checkpoint ?? Self.checkpoint(at: path) {
      if let tokenizer = try beside(checkpoint) { return tokenizer }
      do throws(TokenizerError) {
        return try load(path: folder(of: path))
      } catch {
        throw ModelError(error)
      }
    }
    do throws(TokenizerError) {
      return try load(path: path)
    } catch {
      throw ModelError(error)
    }
  }

  /// What a GGUF file holds, or what stands beside a llama2.c file; nil for other formats.
  private static func beside(_ checkpoint: Checkpoint) throws(ModelError) -> Tokenizer? {
    switch checkpoint.format {
    case .gguf:
      let vocabulary = try EmbeddedVocabulary(gguf: checkpoint.metadata, path: checkpoint.path)
      do throws(TokenizerError) {
        return try vocabulary.tokenizer()
      } catch {
        throw ModelError(error)
      }
    case .llama2c:
      guard case .integer(let size) = checkpoint.metadata["vocab_size"],
        let file = checkpoint.files.first
      else { return nil }
      let folder = folder(of: file)
      let names = ["tok\(size).bin", "tokenizer.bin"]
      for name in names where access("\(folder)/\(name)", F_OK) == 0 {
        do throws(TokenizerError) {
          return try readingLlama2C(path: "\(folder)/\(name)")
        } catch {
          throw ModelError(error)
        }
      }
      if (try? load(path: folder)) != nil { return nil }
      throw .tokenizer(
        "\(file): its tokenizer is not beside it; put \(names[0]) or tokenizer.bin there",
        .noSuchInput)
    default: return nil
    }
  }

  /// The checkpoint at a path that a tokenizer's file does not stand at.
  private static func checkpoint(at path: String) -> Checkpoint? {
    if path.hasSuffix(".json") || path.hasSuffix(".model") { return nil }
    return try? Checkpoint(path: path)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

extension ModelError {
  /// The same failure in this module's words.
  init(_ error: TokenizerError) {
    self = .tokenizer("\(error)", error.isMissingInput ? .noSuchInput : .badData)
  }
}
