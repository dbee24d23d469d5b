import Foundation

/// A thread for calls that wait.
enum OneThread {
  static func start(_ body: @escaping @Sendable () -> Void) {
    Thread(block: body).start()
  }
}
