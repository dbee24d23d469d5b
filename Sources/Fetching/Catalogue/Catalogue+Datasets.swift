extension Catalogue {
  /// Data sets.
  static let datasets = [wikiText2, mmlu]

  /// The authors' own archive is gone from where they put it; llama.cpp keeps a copy, byte for byte.
  private static let wikiTextArchive = CatalogueArchive(
    name: "wikitext-2-raw-v1.zip",
    identity: FileIdentity(
      bytes: 4_721_645,
      sha256: "ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11"),
    remotePath: "datasets/ggml-org/ci/resolve/927b3642933080f1b0e811e2f916e14c292992f9/"
      + "wikitext-2-raw-v1.zip")

  private static func wikiTextSplit(
    _ name: String, bytes: Int, sha256: String
  ) -> CatalogueFile {
    CatalogueFile(
      name: name, identity: FileIdentity(bytes: bytes, sha256: sha256),
      origin: .member("wikitext-2-raw/\(name)", of: wikiTextArchive))
  }

  /// Wikipedia's good articles, as the corpus paper took them (arXiv:1609.07843).
  private static let wikiText2 = CatalogueEntry(
    name: "wikitext-2", kind: .dataset,
    summary: "WikiText-2, raw: the text that most published perplexities are measured on",
    licence: "CC BY-SA 3.0 and GFDL", page: "https://huggingface.co/datasets/Salesforce/wikitext",
    files: [
      wikiTextSplit(
        "wiki.test.raw", bytes: 1_290_590,
        sha256: "173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08"),
      wikiTextSplit(
        "wiki.valid.raw", bytes: 1_146_846,
        sha256: "4cd0f6876d07a413aa911261ff6d363c72d757d47f0fdd6015702014c89cb9c7"),
      wikiTextSplit(
        "wiki.train.raw", bytes: 10_940_747,
        sha256: "6707892fa3788b5ab9ed78ab5ff37d9fe825f6011a2ad4fcd6a6d467f0e7da57"),
    ])

  /// Hendrycks and others' test, in its authors' archive (arXiv:2009.03300).
  ///
  /// Most of that is text to train on, which nothing here does; examples, validation and test questions are
  /// a twentieth of it.
  private static let mmlu = CatalogueEntry(
    name: "mmlu", kind: .dataset,
    summary: "MMLU: questions of 57 subjects with four choices each, for eval --tasks mmlu",
    licence: "MIT", page: "https://huggingface.co/datasets/cais/mmlu",
    folders: [
      CatalogueFolder(
        name: "data", parts: ["dev", "val", "test"], suffix: ".csv",
        archive: CatalogueArchive(
          name: "data.tar",
          identity: FileIdentity(
            bytes: 166_184_960,
            sha256: "bec563ba4bac1d6aaf04141cd7d1605d7a5ca833e38f994051e818489592989b"),
          remotePath: "datasets/cais/mmlu/resolve/c30699e8356da336a370243923dbaf21066bb9fe/data.tar"
        ))
    ])
}
