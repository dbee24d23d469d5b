"""Writes onnxruntime_calibrators.json: thresholds from ONNX Runtime's HistogramCollector, the class
behind EntropyCalibrater and PercentileCalibrater, and parameters from its compute_scale_zp.

Run: python make_onnxruntime_calibrators.py   (needs onnxruntime, onnx and numpy)
"""
import contextlib
import io

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization.calibrate import HistogramCollector
from onnxruntime.quantization.quant_utils import compute_scale_zp, get_qmin_qmax_for_qType

import golden_data

TYPES = {(8, False): onnx.TensorProto.UINT8, (8, True): onnx.TensorProto.INT8,
         (4, False): onnx.TensorProto.UINT4, (4, True): onnx.TensorProto.INT4}


def case(observer, kind, count, seed, factor=1.0, batches=1, bits=8, signed=False,
         symmetric=False, percentile=None, candidates=None):
    x = golden_data.make(kind, count, seed, factor)
    if observer == "entropy-onnxruntime":  # the constructor's defaults
        collector = HistogramCollector("entropy", symmetric, 128, 128, 99.999, "same")
    else:
        collector = HistogramCollector(
            "percentile", symmetric, 2048, 2048, percentile or 99.999, "same")
    with contextlib.redirect_stdout(io.StringIO()):
        for batch in np.array_split(x, batches):
            collector.collect({"x": batch})
        result = collector.compute_collection_result()["x"]
    low, high = np.float32(result[0]), np.float32(result[1])
    bins = len(collector.get_histogram_dict()["x"][0])
    lowest, highest = get_qmin_qmax_for_qType(TYPES[(bits, signed)], symmetric=symmetric)
    zero_point, scale = compute_scale_zp(low, high, lowest, highest, symmetric)
    scale, zero_point = float(scale), int(zero_point)
    # quantize_nparray and QuantizeLinear clip to the type's own ends, symmetric or not.
    lowest, highest = get_qmin_qmax_for_qType(TYPES[(bits, signed)])
    return {
        "observer": observer, "data": {"kind": kind, "count": count, "seed": seed, "factor": factor},
        "shape": [count], "batches": batches, "axis": None, "bits": bits, "signed": signed,
        "symmetric": symmetric, "percentile": percentile, "bins": bins,
        "minimum": [min(golden_data.plain(low), 0.0)], "maximum": [max(golden_data.plain(high), 0.0)],
        "scale": [scale], "zeroPoint": [zero_point],
        "meanSquaredError": [golden_data.mean_squared_error(
            x, scale, zero_point, int(lowest), int(highest))],
    }


cases = []
kinds = ["normal", "relu", "heavy", "outliers", "negative", "positive", "steps"]
for number, kind in enumerate(kinds):
    for observer in ("entropy-onnxruntime", "percentile-onnxruntime"):
        cases.append(case(observer, kind, 2000, 11 + number))
        cases.append(case(observer, kind, 2000, 21 + number, signed=True, symmetric=True))
        cases.append(case(observer, kind, 2000, 31 + number, batches=6))
        cases.append(case(observer, kind, 2000, 41 + number, batches=4, symmetric=True))
    cases.append(case("percentile-onnxruntime", kind, 5000, 51 + number, percentile=99.0))
    cases.append(case("percentile-onnxruntime", kind, 5000, 61 + number, percentile=99.5,
                      symmetric=True, signed=True))
    cases.append(case("percentile-onnxruntime", kind, 1000, 71 + number, bits=4))
    cases.append(case("entropy-onnxruntime", kind, 1000, 81 + number, bits=4, signed=True,
                      symmetric=True))
cases += [
    case("entropy-onnxruntime", "growing", 3000, 91, batches=2),
    case("entropy-onnxruntime", "growing", 3000, 92, batches=6),
    case("entropy-onnxruntime", "growing", 3000, 93, batches=12, signed=True),
    case("entropy-onnxruntime", "growing", 3000, 94, factor=1e-3, batches=5),
    case("percentile-onnxruntime", "growing", 3000, 95, batches=6),
    case("percentile-onnxruntime", "growing", 3000, 96, batches=6, symmetric=True),
    case("percentile-onnxruntime", "growing", 3000, 97, batches=12, symmetric=True, percentile=98.0),
    case("percentile-onnxruntime", "normal", 3000, 98, percentile=100.0),
    case("percentile-onnxruntime", "normal", 3000, 99, factor=1e-30),
    case("entropy-onnxruntime", "normal", 3000, 100, factor=1e30),
]
for observer in ("entropy-onnxruntime", "percentile-onnxruntime"):
    for kind in ("constant", "zeros"):
        for symmetric in (False, True):
            cases.append(case(observer, kind, 64, 1, symmetric=symmetric))
            cases.append(case(observer, kind, 64, 1, symmetric=symmetric, signed=True, batches=3))
    cases.append(case(observer, "constant", 64, 1, factor=-1.0))
    cases.append(case(observer, "constant", 1, 1, symmetric=True))

golden_data.write(
    __file__, "onnxruntime_calibrators.json",
    {"script": "make_onnxruntime_calibrators.py", "framework": "onnxruntime " + onnxruntime.__version__,
     "numpy": np.__version__, "evidence": "another framework, through its public collector"},
    {"relative": 2.0**-23,
     "reason": "thresholds are float32 edges of NumPy's histogram, followed step by step; one "
     "rounding of the scale is left",
     "zeroPoint": "equal: both round the same Double quotient"},
    cases)
print(len(cases), "cases")
