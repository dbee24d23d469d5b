extension FetchError: CustomStringConvertible {
  /// What, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .unknownName(let name, let known):
      "there is no '\(name)' in the catalogue; there are \(known.joined(separator: ", "))"
    case .badMirror(let address):
      "'\(address)' is no mirror; expected is an address such as https://mirror.example, "
        + "below which files have the paths they have on huggingface.co"
    case .unreachable(let address, let reason):
      "\(address): cannot be reached: \(reason)"
    case .refused(let address, let status):
      "\(address): the host answers \(status)\(Self.meaning(of: status))"
    case .gaveUp(let address, let attempts, let reason, let kept, let bytes):
      "\(address): gave up after \(attempts) attempts in a row: \(reason); \(kept) of \(bytes) bytes "
        + "are kept, and the same command goes on from there"
    case .lengthDiffers(let address, let found, let expected):
      "\(address): \(found), and the published file has \(expected) bytes: something else is served "
        + "there; try without a mirror, or with another"
    case .digestDiffers(let address, let found, let expected):
      "\(address): what came has SHA-256 \(found), and the published file \(expected); it was thrown "
        + "away; try again, without a mirror or with another"
    case .placedFileDiffers(let path, let found, let expected):
      "\(path): \(found), and the published file \(expected); move it away, or use --force to have it "
        + "replaced"
    case .placedFolderDiffers(let path, let reason):
      "\(path): \(reason); move it away, or use --force to have the folder unpacked anew"
    case .badArchive(let path, let reason):
      "\(path): cannot be unpacked: \(reason)"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .noRoom(let path, let needed, let free):
      "\(path): \(needed) more bytes are needed and the disk has room for \(free); free some, or name "
        + "a folder on another disk with --cache"
    }
  }

  private static func meaning(of status: Int) -> String {
    switch status {
    case 300..<400: " (redirected too often, or from https to http)"
    case 401, 403: " (not allowed)"
    case 404, 410: " (not there)"
    case 407: " (a proxy wants a password)"
    case 416: " (no such part of the file)"
    case 429: " (too many requests)"
    case 500..<600: " (the host is in trouble)"
    default: ""
    }
  }
}
