import Course
import Foundation

/// Who learns here: their folder for a course, and how far they are in its chapters.
struct Learner {
  /// Their folder for the course.
  let folder: LearnerFolder
  private let path: String

  /// The learner of this account, in a course.
  init(course: FolderOptions) {
    path = course.path
    folder = LearnerFolder(
      chapters: course.path, environment: ProcessInfo.processInfo.environment)
  }

  /// Ids and titles of the course's chapters; those that cannot be read are left out.
  var chapters: [(id: String, title: String)] {
    ((try? CourseFolder(path: path).chapters) ?? []).compactMap { file in
      guard let title = try? file.parse().chapter.frontMatter.title else { return nil }
      return (file.id, title.isEmpty ? file.id : title)
    }
  }

  /// The share of a chapter's stops that were reached: 1 once its end was seen.
  func progress(in chapter: String) -> Double {
    var furthest = 0.0
    for entry in folder.records(ofChapter: chapter).journal.entries {
      switch entry.event {
      case .finished: return 1
      case .place(_, let number, let count) where count > 0:
        // A stop that is reached is not yet passed.
        furthest = max(furthest, Double(max(0, number - 1)) / Double(count))
      default: break
      }
    }
    return min(1, furthest)
  }
}
