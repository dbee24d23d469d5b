import Course
import Fetching
import Foundation

extension CacheFolder {
  /// The user's cache: where fetched models and data sets are looked for by name.
  static var standard: CacheFolder {
    CacheFolder(ResultStore.standard(environment: ProcessInfo.processInfo.environment).folder)
  }
}
