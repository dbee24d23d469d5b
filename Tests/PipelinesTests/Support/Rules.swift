import Pipelines
import Quantization

extension LayerRule {
  /// A rule by its method's name.
  static func named(
    _ name: String, bits: Int? = nil, group: Int? = nil, symmetric: Bool? = nil,
    _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> LayerRule {
    var options = LayerOptions(bits: bits, groupSize: group, symmetric: symmetric)
    change(&options)
    return LayerRule(try LayerMethod(named: name), options)
  }
}
