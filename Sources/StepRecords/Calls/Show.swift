/// Leaves a labelled value for the reader, and for prose to link to by the label's slug.
///
/// - Parameters:
///   - value: The value.
///   - label: What it is, in a few words.
///   - unit: Its unit, where it has one; with `"%"` prose may say 39% for 0.39.
public func show<Value>(_ value: Value, _ label: String, unit: String? = nil) {
  StepRecording.announce(.shown(label: label, RecordedValue(recording: value), unit: unit))
}
