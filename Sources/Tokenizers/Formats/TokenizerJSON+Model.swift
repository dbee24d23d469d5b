extension TokenizerJSON {
  struct ModelFlags {
    var unknown: String?
    var fusesUnknown = false
    var byteFallback = false
    var ignoresMerges = false
  }

  func model() throws(TokenizerError) -> ModelFlags {
    let model = JSONValue.object(modelSettings)
    // Files before version 0.10 do not name the type.
    if !model["type"].isNull || entries.isEmpty || merges.isEmpty {
      guard model["type"].string == "BPE" || model["type"].isNull && !entries.isEmpty else {
        throw unsupported("the model", model["type"].summary, "BPE")
      }
    }
    var flags = ModelFlags()
    for member in modelSettings {
      switch member.key {
      case "type", "vocab", "merges": break
      case "dropout":
        guard member.value.isNull || member.value == .number(0) else {
          throw unsupported("the model's dropout", member.value.summary, "null")
        }
      case "unk_token": flags.unknown = member.value.string
      case "continuing_subword_prefix", "end_of_word_suffix":
        guard member.value.isNull || member.value.string == "" else {
          throw unsupported("the model's \(member.key)", member.value.summary, "null")
        }
      case "fuse_unk": flags.fusesUnknown = member.value.boolean ?? false
      case "byte_fallback": flags.byteFallback = member.value.boolean ?? false
      case "ignore_merges": flags.ignoresMerges = member.value.boolean ?? false
      default:
        guard member.value.isNull else {
          throw unsupported("the model's setting", member.key, "those of BPE")
        }
      }
    }
    return flags
  }

  func pairModel(
    _ flags: ModelFlags, _ vocabulary: inout Vocabulary, _ pairs: PairTable, isByteLevel: Bool
  ) throws(TokenizerError) -> BytePairModel {
    let symbols: BytePairModel.Symbols
    if isByteLevel {
      symbols = .bytes(
        (0..<256).map { byte in
          entryID(ByteAlphabet.text(of: CollectionOfOne(UInt8(byte))), vocabulary) ?? -1
        })
    } else {
      let vocabulary = vocabulary
      symbols = .characters(
        CharacterSymbols(vocabulary) {
          VocabularyReader.place(of: $0, in: entries) != nil
        })
    }
    var model = BytePairModel(pairs: pairs, symbols: symbols)
    if let unknown = flags.unknown {
      guard let id = vocabulary.id(of: unknown.utf8) else {
        throw .inconsistent(
          path: path, reason: "the unknown token \(shown(unknown)) is not in the vocabulary")
      }
      model.unknownID = id
    }
    model.fusesUnknown = flags.fusesUnknown
    if flags.byteFallback {
      guard !isByteLevel else {
        throw unsupported("byte_fallback", "with a byte-level pre-tokenizer", "one of the two")
      }
      let ids = try vocabulary.byteIDs(path: path)
      for id in ids { vocabulary.setKind(.byte, of: Int(id)) }
      model.byteFallback = ids
      for merge in merges {
        for part in merge.split(separator: 0) {
          let isByte = part.withUnsafeBufferPointer { byte(ofToken: $0) != nil }
          guard !isByte else {
            throw unsupported("a merge of a byte token", shown(part), "merges of text")
          }
        }
      }
    }
    if flags.ignoresMerges { model.wholeWords = wholeWords(isByteLevel: isByteLevel) }
    return model
  }

  /// A token's id, if it is in the model's own vocabulary and not only added.
  func entryID(_ text: [UInt8], _ vocabulary: Vocabulary) -> Int32? {
    vocabulary.id(of: text).flatMap {
      VocabularyReader.place(of: $0, in: entries) == nil ? nil : Int32($0)
    }
  }

  func wholeWords(isByteLevel: Bool) -> WholeWords {
    let words = ByteStringTable(capacity: entries.count)
    var ids: [Int32] = []
    for entry in entries {
      var word: [UInt8] = []
      if isByteLevel {
        let isOfAlphabet = entry.text.withUnsafeBufferPointer {
          ByteAlphabet.appendBytes(of: $0, to: &word)
        }
        guard isOfAlphabet else { continue }
      } else {
        word = entry.text
      }
      if words.insert(word).isNew { ids.append(Int32(entry.id)) }
    }
    return WholeWords(words: words, ids: ids)
  }
}
