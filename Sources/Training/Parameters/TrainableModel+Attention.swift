/// How the matrices of attention are initialized.
public enum AttentionInitialization: String, Sendable, Codable, CaseIterable {
  /// Each on its own.
  case independent
  /// Like those of trained models: queries like keys, outputs like values turned back.
  case mimetic
}

extension TrainableModel {
  /// Makes every second head's queries its keys, and each head's output its values transposed.
  ///
  /// A head then attends to tokens like the one it stands at, and what it brings back raises those
  /// tokens' logits: the model begins as one that can copy, and has only to learn what. Independent
  /// matrices have to find both halves of that at once, which takes a small model thousands of steps.
  /// The other heads' queries stay independent, free to learn positions. After Trockman and Kolter,
  /// *Mimetic Initialization of Self-Attention Layers* (2023), with their signs turned for language:
  /// values are added, not taken away.
  func initializeAttentionMimetically() {
    let size = shape.headSize
    let hidden = shape.hiddenSize
    let (width, keyWidth) = (shape.heads * size, shape.keyValueHeads * size)
    let sharing = shape.heads / shape.keyValueHeads
    for block in layout.blocks {
      let (queries, keys) = (block.fused, block.fused + width * hidden)
      let values = keys + keyWidth * hidden
      for head in 0..<shape.heads {
        let firstRow = head / sharing * size
        for row in 0..<size {
          for column in 0..<hidden {
            let place = (firstRow + row) * hidden + column
            if head % 2 == 0 {
              weights.values[queries + (head * size + row) * hidden + column] =
                weights.values[keys + place]
            }
            weights.values[block.out + column * width + head * size + row] =
              weights.values[values + place]
          }
        }
      }
    }
  }
}
