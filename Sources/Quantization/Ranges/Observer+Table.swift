extension Observer {
  /// Every observer, in the order a list shows them.
  public static let all: [Observer] = ours + frameworks

  private static let ours = [
    Observer(
      name: "min-max", summary: "the smallest and the largest value: nothing is clipped",
      parameters: [], source: "Jacob et al. 2018, arXiv:1712.05877"
    ) { options throws(ObserverError) in
      MinMaxEstimation(integers: try options.ownIntegers(), symmetric: options.isSymmetric)
    },
    Observer(
      name: "moving-average", summary: "each end follows the batches' ends slowly",
      parameters: ["averaging constant 0.01, started at the first batch"],
      source: "Jacob et al. 2018, arXiv:1712.05877, section 3.1; PyTorch's constant"
    ) { options throws(ObserverError) in
      MovingAverageEstimation(integers: try options.ownIntegers(), symmetric: options.isSymmetric)
    },
    Observer(
      name: "percentile", summary: "all but a given share of the values, counted exactly",
      parameters: ["percentile 99.99, half of the rest cut at each end unless symmetric"],
      source: "Wu et al. 2020, arXiv:2004.09602"
    ) { options throws(ObserverError) in
      RetainedEstimation(
        choice: .percentile(options.percentile ?? 99.99), integers: try options.ownIntegers(),
        symmetric: options.isSymmetric)
    },
    Observer(
      name: "mse", summary: "the shrunken range whose grid errs least",
      parameters: ["norm 2, or 2.4 as GPTQ", "both ends times 1 − i/100, i = 0 … 79"],
      source: "Frantar et al. 2022, arXiv:2210.17323, reference implementation"
    ) { options throws(ObserverError) in
      RetainedEstimation(
        choice: .meanSquaredError(norm: options.norm), integers: try options.ownIntegers(),
        symmetric: options.isSymmetric)
    },
    Observer(
      name: "octav", summary: "the clip that balances clipping against rounding",
      parameters: ["4⁻ᵇ/3, Newton's iteration from the mean magnitude"],
      source: "Sakr et al. 2022, arXiv:2206.06501"
    ) { options throws(ObserverError) in
      RetainedEstimation(
        choice: .octav, integers: try options.ownIntegers(), symmetric: options.isSymmetric)
    },
  ]

  private static let frameworks = [
    Observer(
      name: "entropy", summary: "TensorRT's clip of least relative entropy",
      parameters: ["2048 bins of magnitudes", "from 128 bins on, 2ᵇ⁻¹ levels"],
      source: "Migacz, GTC 2017; NVIDIA ModelOpt's histogram calibrator"
    ) { options throws(ObserverError) in
      EntropyEstimation(integers: try options.ownIntegers(), symmetric: options.isSymmetric)
    },
    Observer(
      name: "entropy-onnxruntime", summary: "ONNX Runtime's window of least relative entropy",
      parameters: ["128 bins", "128 levels"],
      source: "onnxruntime.quantization.calibrate, EntropyCalibrater"
    ) { options throws(ObserverError) in
      OnnxRuntimeEntropyEstimation(
        integers: try options.integers(restricted: false), symmetric: options.isSymmetric)
    },
    Observer(
      name: "percentile-onnxruntime", summary: "ONNX Runtime's percentile of a histogram",
      parameters: ["2048 bins", "percentile 99.999"],
      source: "onnxruntime.quantization.calibrate, PercentileCalibrater"
    ) { options throws(ObserverError) in
      OnnxRuntimePercentileEstimation(
        integers: try options.integers(restricted: false), symmetric: options.isSymmetric,
        percentage: options.percentile ?? OnnxRuntimePercentileEstimation.defaultPercentage)
    },
    Observer(
      name: "histogram", summary: "PyTorch's search for the range of least squared error",
      parameters: ["2048 bins", "quantiles closing in by 10⁻⁵", "256 codes"],
      source: "torch.ao.quantization.observer, HistogramObserver"
    ) { options throws(ObserverError) in
      TorchHistogramEstimation(
        integers: try options.integers(restricted: false), symmetric: options.isSymmetric)
    },
  ]
}
