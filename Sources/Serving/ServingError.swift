/// Why pages cannot be served.
public enum ServingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Something else listens at this port already.
  case portInUse(UInt16)
  /// Something else listens at every one of these ports.
  case portsInUse(ClosedRange<UInt16>)
  /// The system refused the port, and why.
  case refused(port: UInt16, reason: String)
  /// The server ended though nobody stopped it.
  case ended(reason: String)

  /// What, where, and what to do.
  public var description: String {
    switch self {
    case .portInUse(let port):
      "port \(port) of 127.0.0.1 is in use; end what listens there, or choose another with --port"
    case .portsInUse(let ports):
      "ports \(ports.lowerBound) to \(ports.upperBound) of 127.0.0.1 are all in use; choose another "
        + "with --port, or --port 0 for any that is free"
    case .refused(let port, let reason):
      "cannot listen at port \(port) of 127.0.0.1: \(reason); choose another with --port"
    case .ended(let reason):
      "the server stopped: \(reason)"
    }
  }
}
