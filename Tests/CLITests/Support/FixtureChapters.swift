/// Small chapters for tests of the command.
enum FixtureChapters {
  /// A chapter file's text.
  static func text(
    title: String, part: String = "Fixtures", minutes: Int = 5, _ body: String
  ) -> String {
    """
    ---
    title: \(title)
    part: \(part)
    question: Does it hold?
    minutes: \(minutes)
    needs: []
    sources: []
    ---

    # \(title)

    \(body)
    """
  }

  /// One step, one expectation, one number in prose: holds.
  static let holds = text(
    title: "Holds",
    """
    A sum.

    ```swift name=sum
    let sum = 2 + 3       // => 5
    ```

    The sum is [5](#sum).

    <!-- for: cs-student -->

    Words for students.

    <!-- end -->

    """)

  /// Its second expectation, on line 16, is wrong.
  static let fails = text(
    title: "Fails",
    """
    A difference and a third.

    ```swift name=difference
    let difference = 7 - 3    // => 4
    let third = 1.0 / 3       // => 0.34
    ```

    A third is [0.34](#third).

    """)

  /// Never ends.
  static let loops = text(
    title: "Loops",
    """
    Round and round.

    ```swift
    var count = 0
    while count >= 0 { count = (count + 1) % 7 }
    ```

    """)

  /// A folder with the first two.
  static func course(in folder: TemporaryFolder) throws -> String {
    _ = try folder.file("Chapters/01-holds.md", text: holds)
    _ = try folder.file("Chapters/02-fails.md", text: fails)
    return folder.path + "/Chapters"
  }
}
