internal import Synchronization

/// The memory of one forward pass, kept for the next.
final class Workspace {
  let hidden = FloatBuffer()
  let normed = FloatBuffer()
  let queries = FloatBuffer()
  let keys = FloatBuffer()
  let values = FloatBuffer()
  let attended = FloatBuffer()
  let inner = FloatBuffer()
  let gate = FloatBuffer()
  let cosines = FloatBuffer()
  let sines = FloatBuffer()
  let embedded = FloatBuffer()
  let logits = FloatBuffer()
}

/// Workspaces that no pass is using, shared by all copies of a model.
final class WorkspacePool: Sendable {
  private struct Idle: @unchecked Sendable {
    // Sendable because a workspace is in one place only: here, or with the pass that took it.
    var workspaces: [Workspace] = []
  }
  private let idle = Mutex(Idle())

  func take() -> Workspace {
    idle.withLock { idle in
      nonisolated(unsafe) let workspace = idle.workspaces.popLast() ?? Workspace()
      return workspace
    }
  }

  func giveBack(_ workspace: Workspace) {
    nonisolated(unsafe) let workspace = workspace
    idle.withLock { $0.workspaces.append(workspace) }
  }
}
