internal import Tensors

/// A beam search for codes, row by row.
///
/// Along a row the vectors are taken in order, and at each its codes one after another. Replacing the
/// entry c of one code by c′ changes the loss of the row by
///
///     s²/2 c′Bc′ − s⟨c′, r + s·Bc⟩ − (the same for c),
///
/// B being the block of H at the vector and r that part of (w − ŵ)H, so all entries are compared at
/// once. The candidates with the least losses go on; keeping the code is one of them, so the best never
/// gets worse.
struct CodeSearch {
  let weight: Matrix
  let hessian: Matrix
  let beam: Int
  let threads: Int

  /// One way to code a row.
  private struct Candidate {
    var codes: [UInt16]
    var residual: [Float]  // (w − ŵ)H
    var loss: Double  // less the loss at the start
  }

  /// Improves the codes of every row.
  func improve(_ code: inout AdditiveCode) {
    let fixed = code
    let tables = Tables(fixed, hessian)
    let residuals = (weight - fixed.dequantized).multiplied(by: hessian)
    let perRow = fixed.vectorsPerRow * fixed.codebookCount
    code.codes.withUnsafeMutableBufferPointer { target in
      nonisolated(unsafe) let target = target
      Parallel.split(weight.rows, threads: threads) { rows in
        for row in rows where fixed.scales[row] != 0 {
          let start = Candidate(
            codes: Array(fixed.codes[row * perRow..<(row + 1) * perRow]),
            residual: residuals.row(row), loss: 0)
          let best = improved(start, scale: fixed.scales[row], fixed, tables)
          for (place, value) in best.enumerated() { target[row * perRow + place] = value }
        }
      }
    }
  }

  /// The codes of the best candidate at the end of a row.
  private func improved(
    _ start: Candidate, scale: Float, _ code: AdditiveCode, _ tables: Tables
  ) -> [UInt16] {
    var candidates = [start]
    var scores = [Float](repeating: 0, count: code.entryCount)
    for vector in 0..<code.vectorsPerRow {
      for codebook in 0..<code.codebookCount {
        let place = vector * code.codebookCount + codebook
        var choices: [(loss: Double, parent: Int, entry: Int)] = []
        for (parent, candidate) in candidates.enumerated() {
          let current = Int(candidate.codes[place])
          tables.score(
            &scores, vector: vector, codebook: codebook, current: current, scale: scale,
            residual: candidate.residual)
          let own = scores[current]
          for entry in leastPlaces(of: scores, keeping: current) {
            choices.append((candidate.loss + Double(scores[entry] - own), parent, entry))
          }
        }
        choices.sort { ($0.loss, $0.parent, $0.entry) < ($1.loss, $1.parent, $1.entry) }
        candidates = survivors(choices, candidates, place: place) { candidate, entry in
          tables.replace(
            &candidate.residual, vector: vector, codebook: codebook,
            old: Int(candidate.codes[place]), new: entry, scale: scale)
          candidate.codes[place] = UInt16(entry)
        }
      }
    }
    return candidates[0].codes
  }

  /// The places of the least scores, as many as the beam is wide; the current one where it ties.
  private func leastPlaces(of scores: [Float], keeping current: Int) -> [Int] {
    if beam == 1 {
      var best = current
      for index in scores.indices where scores[index] < scores[best] { best = index }
      return [best]
    }
    // Insertion into a short list: a codebook has far more entries than a beam is wide.
    var least = [current]
    for index in scores.indices where index != current {
      let score = scores[index]
      guard least.count < beam || score < scores[least[least.count - 1]] else { continue }
      if least.count == beam { least.removeLast() }
      var place = least.count
      while place > 0, scores[least[place - 1]] > score { place -= 1 }
      least.insert(index, at: place)
    }
    return least
  }

  /// The best distinct choices, carried out.
  private func survivors(
    _ choices: [(loss: Double, parent: Int, entry: Int)], _ candidates: [Candidate], place: Int,
    _ replace: (inout Candidate, Int) -> Void
  ) -> [Candidate] {
    var result: [Candidate] = []
    for choice in choices where result.count < beam {
      var candidate = candidates[choice.parent]
      if choice.entry != Int(candidate.codes[place]) {
        var codes = candidate.codes
        codes[place] = UInt16(choice.entry)
        if result.contains(where: { $0.codes == codes }) { continue }
        replace(&candidate, choice.entry)
      } else if result.contains(where: { $0.codes == candidate.codes }) {
        continue
      }
      candidate.loss = choice.loss
      result.append(candidate)
    }
    return result
  }
}

/// What all rows share: the blocks of H, every entry transposed, and its own quadratic term.
private struct Tables {
  private let length = AQLM.vectorLength
  private let code: AdditiveCode
  private let hessian: Matrix
  private let transposed: [Float]  // [codebooks, 8, entries]
  private let quadratic: [Float]  // [vectors, codebooks, entries]: ½ cBc

  init(_ code: AdditiveCode, _ hessian: Matrix) {
    self.code = code
    self.hessian = hessian
    let (length, count) = (AQLM.vectorLength, code.entryCount)
    var transposed = [Float](repeating: 0, count: code.entries.count)
    for codebook in 0..<code.codebookCount {
      for entry in 0..<count {
        for place in 0..<length {
          transposed[(codebook * length + place) * count + entry] =
            code.entries[(codebook * count + entry) * length + place]
        }
      }
    }
    self.transposed = transposed
    let entries = Matrix(rows: code.codebookCount * count, columns: length) {
      code.entries[$0 * length + $1]
    }
    var quadratic: [Float] = []
    quadratic.reserveCapacity(code.vectorsPerRow * entries.rows)
    for vector in 0..<code.vectorsPerRow {
      let block = Matrix(rows: length, columns: length) {
        hessian[vector * length + $0, vector * length + $1]
      }
      let products = entries.multiplied(by: block)
      for entry in 0..<entries.rows {
        var sum: Float = 0
        for place in 0..<length { sum += products[entry, place] * entries[entry, place] }
        quadratic.append(sum / 2)
      }
    }
    self.quadratic = quadratic
  }

  /// The loss of every entry in place of the current one, up to a constant.
  func score(
    _ scores: inout [Float], vector: Int, codebook: Int, current: Int, scale: Float,
    residual: [Float]
  ) {
    let count = code.entryCount
    let entry = (codebook * count + current) * length
    let own = (vector * code.codebookCount + codebook) * count
    scores.withUnsafeMutableBufferPointer { scores in
      quadratic.withUnsafeBufferPointer { quadratic in
        for index in 0..<count { scores[index] = scale * scale * quadratic[own + index] }
      }
      for place in 0..<length {
        var pull = residual[vector * length + place]
        hessian.withUnsafeRow(vector * length + place) { row in
          for other in 0..<length {
            pull += scale * row[vector * length + other] * code.entries[entry + other]
          }
        }
        let factor = scale * pull
        let first = (codebook * length + place) * count
        transposed.withUnsafeBufferPointer { transposed in
          for index in 0..<count { scores[index] -= factor * transposed[first + index] }
        }
      }
    }
  }

  /// What replacing an entry does to (w − ŵ)H.
  func replace(
    _ residual: inout [Float], vector: Int, codebook: Int, old: Int, new: Int, scale: Float
  ) {
    let first = codebook * code.entryCount
    residual.withUnsafeMutableBufferPointer { residual in
      for place in 0..<length {
        let change =
          scale
          * (code.entries[(first + new) * length + place]
            - code.entries[(first + old) * length + place])
        hessian.withUnsafeRow(vector * length + place) { row in
          for column in residual.indices { residual[column] -= change * row[column] }
        }
      }
    }
  }
}
