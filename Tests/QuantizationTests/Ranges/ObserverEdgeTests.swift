import Quantization
import Testing

/// Evidence: by hand and by law: whatever the data, a defined answer or a named refusal.
@Suite("Observers at the edges")
struct ObserverEdgeTests {
  static let names = Observer.all.map(\.name)
  static let own = ["min-max", "moving-average", "percentile", "mse", "octav"]

  @Test("a zero range has scale 1 and zero point 0, except in PyTorch", arguments: names)
  func zeros(name: String) throws {
    for (signed, symmetric) in [(false, false), (true, false), (false, true), (true, true)] {
      let observed = try Observer(named: name).observe(
        [0, 0, 0], shape: [3], options: ObserverOptions(isSigned: signed, isSymmetric: symmetric))
      #expect(observed.minimum == [0] && observed.maximum == [0])
      #expect(observed.meanSquaredError == [0])
      if name == "histogram" {
        #expect(observed.scale == [Float.ulpOfOne])
        // −128 − round(0) when signed: PyTorch puts real zero at the lowest code of an empty range.
        let affine = signed ? -128 : 0
        #expect(observed.zeroPoint == [symmetric ? (signed ? 0 : 128) : affine])
      } else {
        #expect(observed.scale == [1])
        #expect(observed.zeroPoint == [0])
      }
    }
  }

  @Test("one value, equal values and one-sided values stay on the grid", arguments: names)
  func constants(name: String) throws {
    for values: [Float] in [[3], [-3], [3, 3, 3, 3], [-3, -3], [-1, -2, -3], [1, 2, 3]] {
      let observed = try Observer(named: name).observe(values, shape: [values.count])
      #expect(observed.minimum[0] <= 0 && observed.maximum[0] >= 0)
      let limit = Double(values.map { abs($0) }.max() ?? 0)
      #expect(max(-observed.minimum[0], observed.maximum[0]) <= limit)
      #expect(observed.scale[0] > 0 && observed.scale[0] <= Float(limit / 255) * 1.000001)
      #expect((0...255).contains(observed.zeroPoint[0]))
      #expect(observed.meanSquaredError[0].isFinite)
    }
  }

  @Test(
    "every range of magnitudes gives finite numbers or a named refusal",
    arguments: names,
    [Float.leastNonzeroMagnitude, 0x1p-140, 1e-38, 1e-30, 1e-10, 1e10, 1e30, 3e38])
  func magnitudes(name: String, unit: Float) throws {
    for bits in [1, 2, 4, 8] {
      for symmetric in [false, true] {
        let values = [Float(1), -0.75, 0.5, 0.25, -0.125].map { $0 * unit }
        let options = ObserverOptions(bits: bits, isSymmetric: symmetric)
        let observer = try Observer(named: name)
        let result = Result { () throws(ObserverError) in
          try observer.observe(values, shape: [5], options: options)
        }
        switch result {
        case .success(let observed):
          #expect(observed.scale[0] > 0 && observed.scale[0].isFinite)
          #expect(observed.minimum[0].isFinite && observed.maximum[0].isFinite)
          #expect(observed.meanSquaredError[0].isFinite)
        case .failure(.rangeTooWide(let observer, _, _)):
          #expect(observer == name)
          #expect(unit == 3e38)
          #expect(!Self.own.contains(name))
        case .failure(let error):
          Issue.record(error)
        }
      }
    }
  }

  @Test(
    "a first batch far narrower than the second is refused, not waited for",
    arguments: ["entropy", "entropy-onnxruntime", "percentile-onnxruntime"], [false, true])
  func growthIsLimited(name: String, symmetric: Bool) throws {
    let values: [Float] = [1e-12, 2e-12, -1e-12, 1e6]
    let observer = try Observer(named: name)
    let options = ObserverOptions(isSymmetric: symmetric, batches: 2)
    let error = #expect(throws: ObserverError.self) {
      try observer.observe(values, shape: [4], options: options)
    }
    guard case .histogramTooLong(name, let bins, let limit) = error else {
      Issue.record("\(String(describing: error)) instead of a histogram that is too long")
      return
    }
    #expect(bins > limit)
  }

  @Test("batches at the end of what a Float can hold are answered or refused", arguments: names)
  func largestFloats(name: String) throws {
    let largest = Float.greatestFiniteMagnitude
    for values: [Float] in [
      [largest.nextDown.nextDown, largest], [-largest, largest], [1, largest], [largest, largest],
      [.leastNonzeroMagnitude, largest], [largest, .leastNonzeroMagnitude],
    ] {
      for symmetric in [false, true] {
        let observer = try Observer(named: name)
        let options = ObserverOptions(isSymmetric: symmetric, batches: 2)
        let result = Result { () throws(ObserverError) in
          try observer.observe(values, shape: [2], options: options)
        }
        switch result {
        case .success(let observed):
          #expect(observed.scale[0] > 0 && observed.scale[0].isFinite)
          #expect(observed.meanSquaredError[0].isFinite)
        case .failure(.rangeTooWide), .failure(.histogramTooLong):
          #expect(!Self.own.contains(name))
        case .failure(let error):
          Issue.record(error)
        }
      }
    }
  }

  @Test("zeros first and values later are no trouble", arguments: names)
  func zerosFirst(name: String) throws {
    let values =
      [Float](repeating: 0, count: 50)
      + GoldenData(
        kind: "normal", count: 50, seed: 3, factor: 1
      ).values
    let observed = try Observer(named: name).observe(
      values, shape: [100], options: ObserverOptions(batches: 2))
    #expect(observed.scale[0] > 0 && observed.meanSquaredError[0].isFinite)
  }

  @Test("NaN and infinities are named by their place", arguments: names)
  func notFinite(name: String) throws {
    var values = [Float](repeating: 0.5, count: 3000)
    values[2077] = -.infinity
    values[2500] = .nan
    #expect(throws: ObserverError.valueNotFinite(index: 2077, value: -.infinity)) {
      try Observer(named: name).observe(
        values, shape: [30, 100], options: ObserverOptions(channelAxis: 1, batches: 4))
    }
  }

  @Test("what cannot be observed is refused with the values in the text")
  func refusals() throws {
    let observer = try Observer(named: "min-max")
    func refusal(_ options: ObserverOptions, shape: [Int] = [2, 2]) -> ObserverError? {
      #expect(throws: ObserverError.self) {
        try observer.observe([1, 2, 3, 4], shape: shape, options: options)
      }
    }
    #expect(refusal(ObserverOptions(bits: 9)) == .bits(9, supported: 1...8))
    #expect(refusal(ObserverOptions(bits: 0)) == .bits(0, supported: 1...8))
    let restricted = ObserverOptions(bits: 1, isSigned: true, isSymmetric: true)
    #expect(refusal(restricted) == .bits(1, supported: 2...8))
    #expect(refusal(ObserverOptions(channelAxis: 2)) == .axis(2, shape: [2, 2]))
    #expect(refusal(ObserverOptions(channelAxis: -1)) == .axis(-1, shape: [2, 2]))
    #expect(refusal(ObserverOptions(batches: 0)) == .batches(0))
    #expect(refusal(ObserverOptions(percentile: 0)) == .percentile(0))
    #expect(refusal(ObserverOptions(percentile: 100.5)) == .percentile(100.5))
    #expect(refusal(ObserverOptions(norm: 0)) == .norm(0))
    #expect(refusal(ObserverOptions(norm: .infinity)) == .norm(.infinity))
    #expect(refusal(ObserverOptions(), shape: [5]) == .shape([5], count: 4))
    #expect(refusal(ObserverOptions(), shape: [.max, .max]) == .shape([.max, .max], count: 4))
    #expect(throws: ObserverError.noValues) { try observer.observe([], shape: [0, 3]) }
    #expect(throws: ObserverError.noValues) {
      try observer.observe([], shape: [3, 0], options: ObserverOptions(channelAxis: 0))
    }
    let unknown = #expect(throws: ObserverError.self) { try Observer(named: "kl") }
    #expect(unknown?.isUsage == true)
    #expect(unknown?.description.contains("entropy-onnxruntime") == true)
    #expect(refusal(ObserverOptions(bits: 9))?.description.contains("1 to 8") == true)
  }

  @Test("a single number without axes is a tensor too")
  func scalar() throws {
    let observed = try Observer(named: "min-max").observe([2], shape: [])
    #expect(observed.maximum == [2])
    #expect(throws: ObserverError.axis(0, shape: [])) {
      try Observer(named: "min-max").observe(
        [2], shape: [], options: ObserverOptions(channelAxis: 0))
    }
  }
}
