import ArgumentParser
import Course
import Fetching
import Foundation
import LoadTesting
import Models
import Pipelines
import Quantization
import Serving
import Site
import Tensors
import Tokenizers
import Training

/// The one place that turns errors into words and exit codes.
enum TerminalReport {
  /// Prints what went wrong and ends the process with the code of its kind.
  static func exit(reporting error: any Error) -> Never {
    // A cancelled task is a signal's doing, and then the signal has the last word.
    Interrupts.waitIfEnding()
    let (status, message) = words(for: error)
    // Ctrl-C also ends the children, which may be noticed first: then it is said once, where it belongs.
    if status == .interrupted {
      Interrupts.end(.stopped)
      Interrupts.waitIfEnding()
    }
    guard let status else {  // help, version, usage: the argument parser's own words and code
      let text = NibbleCommand.fullMessage(for: error)
      let code = NibbleCommand.exitCode(for: error)
      if code.isSuccess { Output.line(text) } else { Output.note(text) }
      Interrupts.waitIfEnding()
      Foundation.exit(code.rawValue)
    }
    if !message.isEmpty { Output.note("nibble: \(message)") }
    Foundation.exit(status.rawValue)
  }

  /// The exit code and the sentence of an error; nil where the argument parser has its own words.
  static func words(for error: any Error) -> (ExitStatus?, String) {
    switch error {
    case let failure as Failure:
      return (failure.status, failure.message)
    case let error as SafetensorsError:
      switch error.kind {
      case .noSuchInput: return (.noInput, "\(error)")
      case .badData: return (.badData, "\(error)")
      case .cannotWrite: return (.cannotWrite, "\(error)")
      }
    case let error as GGUFError:
      if error.isOutputRefused { return (.cannotWrite, "\(error)") }
      return (error.isMissingInput ? .noInput : .badData, "\(error)")
    case let error as CheckpointError:
      return (error.isMissingInput ? .noInput : .badData, "\(error)")
    case let error as ModelError:
      switch error.kind {
      case .noSuchInput: return (.noInput, "\(error)")
      case .badData: return (.badData, "\(error)")
      case .badRequest: return (.usage, "\(error)")
      }
    case let error as TokenizerError:
      if case .cannotWrite = error { return (.cannotWrite, "\(error)") }
      return (error.isMissingInput ? .noInput : .badData, "\(error)")
    case let error as TrainingError:
      return (status(of: error), "\(error)")
    case let error as PipelineError:
      switch error.kind {
      case .usage: return (.usage, "\(error)")
      case .badData: return (.badData, "\(error)")
      case .noSuchInput: return (.noInput, "\(error)")
      case .cannotWrite: return (.cannotWrite, "\(error)")
      }
    case let error as QuantizationError:
      return (error.kind == .usage ? .usage : .badData, "\(error)")
    case let error as ObserverError:
      return (error.isUsage ? .usage : .badData, "\(error)")
    case let error as TensorError:
      return (.badData, "\(error)")
    case let error as FetchError:
      return (error.exitStatus, "\(error)")
    case let error as LoadError:
      switch error.kind {
      case .badRequest: return (.usage, "\(error)")
      case .unavailable: return (.noInput, "\(error)")
      case .badData: return (.badData, "\(error)")
      }
    case let error as CourseError:
      return (.noInput, "\(error)")
    case let error as SiteError:
      if error.isOutputRefused { return (.cannotWrite, "\(error)") }
      if case .badTemplate = error { return (.badData, "\(error)") }
      return (.noInput, "\(error)")
    case let error as ServingError:
      if case .ended = error { return (.software, "\(error)") }
      return (.cannotWrite, "\(error)")
    case let error as ExecutionError:
      return words(for: error)
    case is CancellationError:
      return (.interrupted, "stopped")
    default:
      // What the argument parser throws carries its own text and code: help, version, usage.
      return isArgumentError(error) ? (nil, "") : (.software, "unexpected: \(error)")
    }
  }

  private static func status(of error: TrainingError) -> ExitStatus {
    switch error {
    case .unwritable: .cannotWrite
    case .unreadable(let path, _):
      FileManager.default.fileExists(atPath: path) ? .badData : .noInput
    default: .badData
    }
  }

  private static func words(for error: ExecutionError) -> (ExitStatus?, String) {
    switch error {
    case .noCompiler, .noEngine: (.missingProgram, "\(error)")
    case .cannotWrite: (.cannotWrite, "\(error)")
    case .cannotRead: (.noInput, "\(error)")
    case .cannotRun: (.software, "\(error)")
    case .cancelled: (.interrupted, "stopped")
    }
  }

  private static func isArgumentError(_ error: any Error) -> Bool {
    let type = String(reflecting: type(of: error))
    return type.hasPrefix("ArgumentParser.")
  }
}
