/// What happens while an entry is fetched, for whoever tells a person.
public enum FetchEvent: Sendable, Hashable {
  /// Another run fetches the same entry; this one waits for it.
  case waiting
  /// A file that is there already is being read and checked.
  case checking(file: String)
  /// A file that was there already is the published one.
  case found(file: String)
  /// A file is asked of the host; `from` is the first byte.
  case started(file: String, address: String, from: Int)
  /// So much of a file is there.
  case progress(file: String, bytes: Int, of: Int)
  /// What had come of a file is of no use, and it begins anew.
  case restarted(file: String, reason: String)
  /// The connection broke; the next attempt follows after a pause.
  case retrying(file: String, reason: String, seconds: Double)
  /// A file is whole, is the published one, and has its name.
  case placed(file: String)
  /// A folder came out of its archive, and has its name.
  case unpacked(folder: String, files: Int, bytes: Int)
}
