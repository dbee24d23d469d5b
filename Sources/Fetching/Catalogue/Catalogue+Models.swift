extension Catalogue {
  /// Models, the smallest first.
  static let models = [stories260K, tinyStories15M, opt125M, gpt2, opt350M, tinyLlama]

  /// Karpathy's collection of llama2.c checkpoints, at the head of its main branch since August 2023.
  private static let tinyLlamas = "karpathy/tinyllamas"
  private static let tinyLlamasRevision = "0bd21da7698eaf29a0d7de3992de8a46ef624add"

  private static let stories260K = CatalogueEntry(
    name: "stories260k", kind: .model,
    summary: "260,032 parameters trained on children's stories, llama2.c's format; for tests",
    licence: "MIT", page: "https://huggingface.co/karpathy/tinyllamas",
    files: [
      file(
        "stories260K.bin", of: tinyLlamas, at: tinyLlamasRevision,
        path: "stories260K/stories260K.bin", bytes: 1_056_540,
        sha256: "b0a507e7ad0f626624f17112325e66691f9076d622e1d3274d103d00299f2696"),
      file(
        "tok512.bin", of: tinyLlamas, at: tinyLlamasRevision, path: "stories260K/tok512.bin",
        bytes: 6227,
        sha256: "037cb335abb25d1fa9e8ecae30ed2a3a8ace9302862ebcdc05d51a6bbb10c312"),
    ])

  /// The weights come without a tokenizer; theirs is Llama 2's, which TinyLlama's repository holds.
  private static let tinyStories15M = CatalogueEntry(
    name: "tinystories-15m", kind: .model,
    summary: "15 million parameters trained on children's stories, with Llama 2's tokenizer",
    licence: "MIT (weights), Apache-2.0 (the repository of the tokenizer)",
    page: "https://huggingface.co/karpathy/tinyllamas",
    files: [
      file(
        "stories15M.bin", of: tinyLlamas, at: tinyLlamasRevision, bytes: 60_816_028,
        sha256: "cd590644d963867a2b6e5a1107f51fad663c41d79c149fbecbbb1f95fa81f49a"),
      file(
        "tokenizer.model", of: tinyLlamaChat, at: tinyLlamaChatRevision, bytes: 499_723,
        sha256: "9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347"),
    ])

  private static let opt = "facebook/opt-125m"
  private static let optRevision = "934b6a077313f3ee660a918a95313f5d0b136c5a"

  private static let opt125M = CatalogueEntry(
    name: "opt-125m", kind: .model,
    summary: "Meta's OPT with 125 million parameters: the small model of the GPTQ paper's tables",
    licence: "OPT-175B licence agreement: for research, not for commercial use",
    page: "https://huggingface.co/facebook/opt-125m",
    files: [
      file(
        "config.json", of: opt, at: optRevision, bytes: 651,
        sha256: "54162c9cd0377110df1859dfabebb106fc0988c8aadb88207ce1ee0d34985df6"),
      file(
        "tokenizer_config.json", of: opt, at: optRevision, bytes: 685,
        sha256: "d1e4185b43a0a06421ab7218d5c1a775350bd13024507b34fbed25dcf6c14c6b"),
      file(
        "vocab.json", of: opt, at: optRevision, bytes: 898_822,
        sha256: "06b4d46c8e752d410213d9548eb27a54db70fda0319b6271fb8d59dead5e1cab"),
      file(
        "merges.txt", of: opt, at: optRevision, bytes: 456_318,
        sha256: "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"),
      file(
        "pytorch_model.bin", of: opt, at: optRevision, bytes: 250_540_281,
        sha256: "2d74da6616135c58cf3cf9ad4cb11e7c613ff9e55fe658a47ab83b6c8d1174a9"),
    ])

  private static let opt350 = "facebook/opt-350m"
  private static let opt350Revision = "10517ad5b51c8c6e02db7824d8494721d4874488"

  /// The one of Meta's OPT that is built otherwise.
  ///
  /// The length of its weights was found published nowhere beside their digest. It follows from what was:
  /// the names and shapes of the tensors in that file, all float16, and PyTorch's container
  /// (Tests/Goldens/fetching/opt_lengths.py, which gives OPT-125M's published length as well).
  private static let opt350M = CatalogueEntry(
    name: "opt-350m", kind: .model,
    summary: "Meta's OPT with 350 million parameters: norms after the sums, narrow embeddings",
    licence: "OPT-175B licence agreement: for research, not for commercial use",
    page: "https://huggingface.co/facebook/opt-350m",
    files: [
      file(
        "config.json", of: opt350, at: opt350Revision, bytes: 644,
        sha256: "3ec75df0e166476e342cf95226ba775d8155449a7b1e430728b3ca26b425e4ab"),
      file(
        "tokenizer_config.json", of: opt350, at: opt350Revision, bytes: 685,
        sha256: "d1e4185b43a0a06421ab7218d5c1a775350bd13024507b34fbed25dcf6c14c6b"),
      file(
        "vocab.json", of: opt350, at: opt350Revision, bytes: 898_822,
        sha256: "06b4d46c8e752d410213d9548eb27a54db70fda0319b6271fb8d59dead5e1cab"),
      file(
        "merges.txt", of: opt350, at: opt350Revision, bytes: 456_318,
        sha256: "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"),
      file(
        "pytorch_model.bin", of: opt350, at: opt350Revision, bytes: 662_513_657,
        sha256: "a5223ae6f3c26c6d90003f96a6bcd9a4aaaef0d36fca6469112efeeb985f2842"),
    ])

  private static let gpt2Repository = "openai-community/gpt2"
  private static let gpt2Revision = "607a30d783dfa663caf39e06633721c8d4cfcd7e"

  private static let gpt2 = CatalogueEntry(
    name: "gpt2", kind: .model,
    summary: "OpenAI's GPT-2 with 124 million parameters",
    licence: "MIT (OpenAI's modified MIT licence)",
    page: "https://huggingface.co/openai-community/gpt2",
    files: [
      file(
        "config.json", of: gpt2Repository, at: gpt2Revision, bytes: 665,
        sha256: "0daed7749b4f02b8f76240d5444551d7b08712dab4d0adb8239c56ba823bb7b4"),
      file(
        "vocab.json", of: gpt2Repository, at: gpt2Revision, bytes: 1_042_301,
        sha256: "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"),
      file(
        "merges.txt", of: gpt2Repository, at: gpt2Revision, bytes: 456_318,
        sha256: "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"),
      file(
        "model.safetensors", of: gpt2Repository, at: gpt2Revision, bytes: 548_105_171,
        sha256: "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707"),
    ])

  private static let tinyLlamaChat = "TinyLlama/TinyLlama-1.1B-Chat-v1.0"
  private static let tinyLlamaChatRevision = "fe8a4ea1ffedaf415f4da2f062534de366a451e6"

  private static let tinyLlama = CatalogueEntry(
    name: "tinyllama-1.1b", kind: .model,
    summary: "TinyLlama 1.1B Chat v1.0 in bfloat16: Llama's shape, grouped-query attention",
    licence: "Apache-2.0", page: "https://huggingface.co/TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    files: [
      file(
        "config.json", of: tinyLlamaChat, at: tinyLlamaChatRevision, bytes: 608,
        sha256: "486bedda3a6988332e60d9638a09ca4b260d34ebcf1b19e22cf3b140b63d8fe9"),
      file(
        "tokenizer_config.json", of: tinyLlamaChat, at: tinyLlamaChatRevision, bytes: 1289,
        sha256: "7b41ba7d0eb91e77914ca3dafde559ea3e19878769b7e68409e89bed5222e77a"),
      file(
        "tokenizer.json", of: tinyLlamaChat, at: tinyLlamaChatRevision, bytes: 1_842_767,
        sha256: "bcd04f0eadf90287bd26e1a183ac487d8a141b09b06aecb7725bbdd343640f2e"),
      file(
        "model.safetensors", of: tinyLlamaChat, at: tinyLlamaChatRevision, bytes: 2_200_119_864,
        sha256: "6e6001da2106d4757498752a021df6c2bdc332c650aae4bae6b0c004dcf14933"),
    ])
}
