import Course
import Foundation
import Testing

/// A chapter to learn from, verified for real, and a thread to wait on.
enum Lesson {
  static let text = """
    ```swift name=setup
    var limit: Float = 1
    var runs = 0
    ```

    ```swift name=count
    runs += 1
    runs                  // => 1
    limit * 2             // => 2.0
    print("counted")
    ```

    ## An exercise

    ### Exercise: clip

    Keep a value inside its limit.

    ```swift exercise=clip
    func clip(_ value: Float, to limit: Float) -> Float {
      value               // change this
    }
    ```

    ```swift check=clip
    clip(3, to: limit)    // => 1
    clip(-3, to: limit)   // => -1
    clip(0.5, to: limit)  // => 0.5
    ```

    <details><summary>Hint</summary>

    Two ends.

    </details>

    <details><summary>Hint</summary>

    `min` and `max` compose.

    </details>

    <details><summary>Solution</summary>

    ```swift solution=clip
    func clip(_ value: Float, to limit: Float) -> Float { min(max(value, -limit), limit) }
    ```

    </details>

    <details><summary>If you bounded one side only</summary>

    ```swift wrong=clip fails-at=2
    func clip(_ value: Float, to limit: Float) -> Float { min(value, limit) }
    ```

    The negative tail is still there.

    </details>

    <details><summary>If you stopped at the first</summary>

    ```swift wrong=clip fails-at=1
    func clip(_ value: Float, to limit: Float) -> Float { precondition(value < 0); return value }
    ```

    It stops.

    </details>

    ```swift name=after
    clip(9, to: limit)    // => 1
    let doubled = runs * 2
    doubled               // => 2
    ```

    """

  /// A sitting over the chapter, on a thread of its own: its calls wait.
  static func sit<Value: Sendable>(
    over text: String = text, _ body: @escaping @Sendable (LearningSession) throws -> Value
  ) async throws -> Value {
    let parsed = Fixture.parse(text, id: "lesson")
    let verifier = ChapterVerifier(
      environment: await Fixture.environment(), options: VerifyOptions())
    let result = try await verifier.verify(parsed)
    #expect(result.diagnostics.map(\.summary) == [])
    return try await withCheckedThrowingContinuation { continuation in
      OneThread.start {
        let session = LearningSession(
          chapter: parsed.chapter, result: result, verifier: verifier)
        continuation.resume(with: Result { try body(session) })
        session.stop()
      }
    }
  }

  static func exercise(_ session: LearningSession) throws -> Exercise {
    try #require(Exercise.all(in: session.chapter).first)
  }
}
