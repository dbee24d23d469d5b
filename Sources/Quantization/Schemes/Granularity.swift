/// Who shares a scale.
public enum Granularity: Hashable, Sendable {
  /// The whole matrix: one scale.
  case tensor
  /// Each row of a weight, which is one output channel.
  case channel
  /// Each run of this many neighbours in a row; 0 means the whole row.
  case group(Int)
  /// Each rectangle of this many rows and columns.
  case block(rows: Int, columns: Int)
  /// Each row of a matrix of activations, which is one token.
  case token
}

extension Granularity: CustomStringConvertible {
  /// The word for it: `tensor`, `channel`, `group of 128`, `block of 128 × 128`, `token`.
  public var description: String {
    switch self {
    case .tensor: "tensor"
    case .channel: "channel"
    case .group(0): "whole row"
    case .group(let size): "group of \(size)"
    case .block(let rows, let columns): "block of \(rows) × \(columns)"
    case .token: "token"
    }
  }
}
