internal import FoundationEssentials
internal import Glibc

/// The few things the course does with files, with errors that say which file.
enum Files {
  static func bytes(of path: String) throws(ExecutionError) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .cannotRead(path: path, reason: Self.reason)
    }
  }

  /// Writes a file whole or not at all, making the folders above it.
  static func write(_ bytes: [UInt8], to path: String) throws(ExecutionError) {
    let parent = Self.parent(of: path)
    do {
      try FileManager.default.createDirectory(
        atPath: parent, withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: Self.reason)
    }
  }

  /// Copies a file with its mode, whole or not at all; false where that cannot be done.
  static func copy(_ path: String, to destination: String) -> Bool {
    let partial = "\(destination).\(getpid())"
    remove(partial)
    do {
      try FileManager.default.copyItem(atPath: path, toPath: partial)
    } catch {
      return false
    }
    guard rename(partial, destination) == 0 else {
      remove(partial)
      return false
    }
    return true
  }

  /// Adds to the end of a file in one write, making it and the folders above it where needed.
  static func append(_ text: String, to path: String) throws(ExecutionError) {
    makeFolder(parent(of: path))
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .cannotWrite(path: path, reason: Self.reason) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard bytes.withUnsafeBytes({ Glibc.write(file, $0.baseAddress, $0.count) }) == bytes.count
    else { throw .cannotWrite(path: path, reason: Self.reason) }
  }

  /// The last byte of a file; nil where there is none.
  static func lastByte(of path: String) -> UInt8? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var byte: UInt8 = 0
    guard lseek(file, -1, SEEK_END) >= 0, read(file, &byte, 1) == 1 else { return nil }
    return byte
  }

  /// A new folder that nobody else knows, readable by its owner alone.
  static func temporaryFolder(
    environment: [String: String]
  ) throws(ExecutionError) -> String {
    let base = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array("\(base)/nibble-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .cannotWrite(path: base, reason: Self.reason)
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes a file, or a folder with all that is in it.
  ///
  /// A child that was killed a moment ago may still be adding to the folder while it is emptied; then it
  /// is emptied again.
  static func remove(_ path: String) {
    for _ in 0..<50 {
      try? FileManager.default.removeItem(atPath: path)
      if !isFolder(path) { return }
      usleep(20_000)
    }
  }

  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  static func isExecutable(_ path: String) -> Bool {
    access(path, X_OK) == 0 && !isFolder(path)
  }

  /// Whether a folder is there and takes new files.
  static func isWritable(_ folder: String) -> Bool {
    isFolder(folder) && access(folder, W_OK) == 0
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Size and time of the last change: what tells one version of a file from the next without
  /// reading it.
  static func stamp(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return "\(status.st_size)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)"
  }

  /// When a file last changed, in seconds.
  static func changed(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mtim.tv_sec : 0
  }

  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  static func makeFolder(_ path: String) {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Makes a symbolic link; one that cannot be made is missed by whoever follows it.
  static func link(_ target: String, at path: String) {
    symlink(target, path)
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    return FileManager.default.currentDirectoryPath + "/" + path
  }

  /// The path with every symbolic link followed, or as given when it leads nowhere.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// What the system said last.
  private static var reason: String {
    errno == 0 ? "unknown reason" : String(cString: strerror(errno))
  }
}
