internal import CKernels

#if canImport(Glibc)
internal import Glibc
#endif

/// Scaled dot-product attention over the tokens a cache holds.
struct CausalAttention {
  let headCount: Int
  let keyValueHeadCount: Int
  let headSize: Int
  /// How many tokens a query sees, itself included; nil: all before it.
  let window: Int?

  /// One text's share of the rows: its queries, and where its keys and values are.
  struct Job {
    let queries: UnsafePointer<Float>
    let outputs: UnsafeMutablePointer<Float>
    let count: Int
    let keys: UnsafePointer<Float>
    let values: UnsafePointer<Float>
    let keyCount: Int
  }

  /// Computes all heads of all texts, each on one thread.
  func apply(_ jobs: [Job]) {
    let work = jobs.reduce(0) { $0 + $1.count * $1.keyCount } * headCount * headSize
    let tasks = jobs.count * headCount
    Parallel.split(tasks, parts: work < 1 << 17 ? 1 : tasks) { range in
      for task in range { attend(jobs[task / headCount], head: task % headCount) }
    }
  }

  private func attend(_ job: Job, head: Int) {
    var shape = nibble_attention_shape(
      queries: job.count, keys: job.keyCount, head_size: headSize,
      query_stride: headCount * headSize, key_stride: keyValueHeadCount * headSize,
      output_stride: headCount * headSize, window: window ?? 0,
      scale: 1 / Float(headSize).squareRoot())
    let shared = head / (headCount / keyValueHeadCount)  // grouped queries share keys and values
    withUnsafeTemporaryAllocation(
      of: Float.self, capacity: nibble_attention_scratch(&shape)
    ) { scratch in
      nibble_attention(
        &shape, job.queries + head * headSize, job.keys + shared * headSize,
        job.values + shared * headSize, job.outputs + head * headSize, scratch.baseAddress)
    }
  }
}
