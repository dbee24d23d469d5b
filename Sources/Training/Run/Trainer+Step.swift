internal import CKernels

extension Trainer {
  /// One step: windows, loss, slopes, clipping, AdamW.
  func takeStep(threads: Int) throws(TrainingError) -> (loss: Double, norm: Double) {
    let windows = nextWindows(threads: threads)
    for window in windows { try model.check(window) }
    let scored = max(1, windows.reduce(0) { $0 + $1.scored })
    loop?.apply(model.weights, threads: threads)
    let loss = differentiate(windows, scored: scored, threads: threads)
    let norm = gatherGradients(threads: threads)
    guard loss.isFinite, norm.isFinite else {
      throw .diverged(step: step + 1, loss: loss, gradientNorm: norm)
    }
    step += 1
    update(scale: GradientClipping.factor(norm: norm, limit: recipe.clip), threads: threads)
    return (loss, norm)
  }

  private func nextWindows(threads: Int) -> [TokenWindow] {
    var windows = [TokenWindow](
      repeating: TokenWindow(inputs: [], targets: []), count: recipe.windowsPerStep)
    let first = step * recipe.windowsPerStep
    windows.withUnsafeMutableBufferPointer { windows in
      Threads.each(windows.count, threads: threads) { index in
        windows[index] = source.window(at: first + index, length: recipe.length)
      }
    }
    return windows
  }

  /// Every shard's gradient, each in its own buffer; the mean loss.
  private func differentiate(_ windows: [TokenWindow], scored: Int, threads: Int) -> Double {
    let share = recipe.windowsPerStep / recipe.shards
    let weights = (loop?.used ?? model.weights).start
    var sums = [Double](repeating: 0, count: recipe.shards)
    sums.withUnsafeMutableBufferPointer { sums in
      Threads.each(recipe.shards, threads: threads) { shard in
        let (pass, gradient) = (passes[shard], gradients[shard])
        let part = windows[shard * share..<(shard + 1) * share]
        let inputs = part.flatMap(\.inputs)
        gradient.zero()
        pass.forward(inputs, windows: share, length: recipe.length, weights: weights)
        sums[shard] = pass.loss(
          against: part.flatMap(\.targets), weights: weights, gradient: gradient.start,
          factor: Float(1 / Double(scored)), teacher: opinion(shard, on: inputs, windows: share))
        pass.backward(weights: weights, gradient: gradient.start)
      }
    }
    return sums.reduce(0, +) / Double(scored)
  }

  /// The teacher's, once it has read the same tokens.
  private func opinion(_ shard: Int, on inputs: [Int32], windows: Int) -> TeacherOpinion? {
    guard let teacher, let rule = recipe.distillation else { return nil }
    let pass = teacherPasses[shard]
    pass.forward(inputs, windows: windows, length: recipe.length, weights: teacher.weights.start)
    return TeacherOpinion(
      pass: pass, weights: teacher.weights.start, temperature: Float(rule.temperature),
      share: Float(rule.share))
  }

  /// Adds all shards' gradients to the first one's, in order, and carries them to what is kept and
  /// learned; the norm of all slopes.
  private func gatherGradients(threads: Int) -> Double {
    Threads.each(pieces.count, threads: threads) { index in
      let range = pieces[index].range
      for other in gradients.dropFirst() {
        nibble_add(
          other.start + range.lowerBound, gradients[0].start + range.lowerBound, range.count)
      }
    }
    loop?.back(gradients[0], weights: model.weights, threads: threads)
    var sums = [Double](repeating: 0, count: pieces.count)
    sums.withUnsafeMutableBufferPointer { sums in
      Threads.each(pieces.count, threads: threads) { index in
        let range = pieces[index].range
        sums[index] = nibble_sum_of_squares(
          gradients[0].start + range.lowerBound, range.count)
      }
    }
    let beside = loop.map { nibble_sum_of_squares($0.extraGradient.start, $0.extras.count) } ?? 0
    return (sums.reduce(0, +) + beside).squareRoot()
  }

  private func update(scale: Double, threads: Int) {
    let rate = recipe.schedule.rate(at: step)
    let rules = [false, true].map {
      recipe.optimizer.rule(step: step, rate: rate, decays: $0, gradientScale: scale)
    }
    rules.withUnsafeBufferPointer { rules in
      guard let first = rules.baseAddress else { return }
      if let loop {
        nibble_adamw(
          loop.extras.start, loop.extraGradient.start, loop.extraMeans.start,
          loop.extraSquares.start, loop.extras.count, first)
        if loop.isFrozen { return }
      }
      Threads.each(pieces.count, threads: threads) { index in
        let (start, count) = (pieces[index].range.lowerBound, pieces[index].range.count)
        nibble_adamw(
          model.weights.start + start, gradients[0].start + start, means.start + start,
          squares.start + start, count, first + (pieces[index].decays ? 1 : 0))
      }
    }
  }
}
