#if canImport(Glibc)
internal import Glibc
#endif

/// Memory that is free within the process.
enum FreeMemory {
  /// Gives back to the system what the allocator keeps for later.
  ///
  /// Having freed matrices of many megabytes, glibc's allocator keeps such sizes on its heap from then on. Of a model of 134
  /// million weights it kept 78 MB after the last block, beneath the 145 MB of the file that was then put together.
  static func giveBack() {
    #if canImport(Glibc)
    // Found by its name: the module of the C library has no <malloc.h>, and other C libraries no such function.
    guard let address = dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (_ rest: Int) -> Int32
    _ = unsafeBitCast(address, to: Trim.self)(0)
    #endif
  }
}
