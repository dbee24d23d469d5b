import Foundation

/// A thread for work that waits: on keys, on programs.
enum OwnThread {
  /// Runs a body on a thread of its own and hands back what it returns.
  static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}
