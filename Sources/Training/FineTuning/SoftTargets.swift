internal import CKernels

/// The loss of learning from another model's whole distribution.
///
/// t² · KL(softmax(teacher / t) ‖ softmax(student / t)). Its slope by the student's logits is
/// t · (softmax(student / t) − softmax(teacher / t)): the factor t² keeps slopes of one size whatever
/// the temperature. Source: Hinton et al. 2015, arXiv:1503.02531, section 2.
public enum SoftTargets {
  /// The loss of one row of logits and its slope.
  ///
  /// - Parameters:
  ///   - student: The student's logits.
  ///   - teacher: The teacher's, as many.
  ///   - temperature: What both are divided by.
  /// - Returns: The loss in nats, and the slope by each of the student's logits.
  public static func lossAndSlope(
    student: [Float], teacher: [Float], temperature: Double
  ) -> (loss: Double, slope: [Float]) {
    precondition(student.count == teacher.count, "\(student.count) and \(teacher.count) logits")
    var slope = student
    var teacher = teacher
    var loss: Float = 0
    var target: Int32 = 0
    nibble_soft_cross_entropy(
      &slope, &teacher, 1, slope.count, &target, Float(temperature), 1, &loss)
    return (Double(loss), slope)
  }
}
