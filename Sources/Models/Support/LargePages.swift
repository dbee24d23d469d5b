internal import CKernels

/// Tells the system that a large buffer is about to be written from end to end.
func expectWrites(_ buffer: UnsafeMutableBufferPointer<Float>) {
  guard let start = buffer.baseAddress else { return }
  nibble_expect_writes(start, buffer.count * MemoryLayout<Float>.size)
}
