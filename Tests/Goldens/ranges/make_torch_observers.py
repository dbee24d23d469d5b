"""Writes torch_observers.json: ranges and parameters from PyTorch's own observers.

Run: python make_torch_observers.py   (needs torch and numpy; seeds are in the cases)
"""
import warnings

import numpy as np
import torch
from torch.ao.quantization.observer import (
    HistogramObserver, MinMaxObserver, MovingAverageMinMaxObserver,
    MovingAveragePerChannelMinMaxObserver, PerChannelMinMaxObserver)

import golden_data

warnings.filterwarnings("ignore")


def limits(bits, signed, restricted):
    if not signed:
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)) + (1 if restricted else 0), 2 ** (bits - 1) - 1


def case(observer, kind, count, seed, factor=1.0, shape=None, batches=1, axis=None,
         bits=8, signed=False, symmetric=False):
    shape = shape or [count]
    x = golden_data.make(kind, count, seed, factor).reshape(shape)
    # Our own symmetric signed grid leaves the lowest code out; PyTorch is asked for the same codes.
    restricted = signed and symmetric and observer != "histogram"
    lowest, highest = limits(bits, signed, restricted)
    dtype = torch.qint8 if signed else torch.quint8
    per_channel = axis is not None and observer != "histogram"
    scheme = {
        (False, False): torch.per_tensor_affine, (False, True): torch.per_tensor_symmetric,
        (True, False): torch.per_channel_affine, (True, True): torch.per_channel_symmetric,
    }[(per_channel, symmetric)]
    settings = dict(dtype=dtype, qscheme=scheme)
    if bits != 8 or restricted:
        settings.update(quant_min=lowest, quant_max=highest)
    kinds = {
        ("min-max", False): MinMaxObserver, ("min-max", True): PerChannelMinMaxObserver,
        ("moving-average", False): MovingAverageMinMaxObserver,
        ("moving-average", True): MovingAveragePerChannelMinMaxObserver,
        ("histogram", False): HistogramObserver,
    }
    if per_channel:
        settings.update(ch_axis=axis)
    slices = [x]
    if axis is not None and observer == "histogram":  # PyTorch has no such mode: one a channel
        slices = [np.take(x, i, axis=axis) for i in range(x.shape[axis])]
    minimum, maximum, scale, zero_point = [], [], [], []
    for part in slices:
        torch_observer = kinds[(observer, per_channel)](**settings)
        for batch in np.array_split(part, batches):
            torch_observer(torch.from_numpy(np.ascontiguousarray(batch)))
        s, z = torch_observer.calculate_qparams()
        if observer == "histogram":
            low, high = torch_observer._non_linear_param_search()
        else:
            low, high = torch_observer.min_val, torch_observer.max_val
        minimum += [min(v, 0.0) for v in low.reshape(-1).tolist()]
        maximum += [max(v, 0.0) for v in high.reshape(-1).tolist()]
        scale += s.tolist()
        zero_point += [int(v) for v in z.tolist()]
    channels = [x] if axis is None else [np.take(x, i, axis=axis) for i in range(x.shape[axis])]
    errors = [golden_data.mean_squared_error(c, s, z, lowest, highest)
              for c, s, z in zip(channels, scale, zero_point)]
    return {
        "observer": observer, "data": {"kind": kind, "count": count, "seed": seed, "factor": factor},
        "shape": shape, "batches": batches, "axis": axis, "bits": bits, "signed": signed,
        "symmetric": symmetric, "minimum": minimum, "maximum": maximum, "scale": scale,
        "zeroPoint": zero_point, "meanSquaredError": errors,
    }


cases = []
kinds = ["normal", "relu", "heavy", "outliers", "negative", "positive"]
for number, kind in enumerate(kinds):
    for signed in (False, True):
        for symmetric in (False, True):
            cases.append(case("min-max", kind, 512, 11 + number, signed=signed, symmetric=symmetric))
    cases.append(case("min-max", kind, 512, 31 + number, bits=4))
    cases.append(case("min-max", kind, 512, 37 + number, bits=3, signed=True, symmetric=True))
    cases.append(case("moving-average", kind, 600, 41 + number, shape=[30, 20], batches=7))
    cases.append(case("min-max", kind, 240, 51 + number, shape=[6, 40], axis=0))
    cases.append(case("min-max", kind, 240, 51 + number, shape=[40, 6], axis=1, batches=3))
    cases.append(case("moving-average", kind, 240, 51 + number, shape=[40, 3, 2], axis=1, batches=5))
for number, kind in enumerate(kinds + ["steps"]):
    cases.append(case("histogram", kind, 4096, 61 + number))
    cases.append(case("histogram", kind, 4096, 61 + number, signed=True, symmetric=True))
    cases.append(case("histogram", kind, 3000, 71 + number, shape=[60, 50], batches=6))
    cases.append(case("histogram", kind, 3000, 81 + number, shape=[60, 50], batches=3, symmetric=True))
cases += [
    case("histogram", "normal", 40000, 91),
    # Quantiles of 20,000 values fall between two values, where the order of a sum decides.
    case("histogram", "growing", 20000, 351, shape=[500, 40], batches=9),
    case("histogram", "growing", 20000, 104, shape=[500, 40], batches=9, signed=True, symmetric=True),
    case("histogram", "growing", 4000, 92, shape=[100, 40], batches=10),
    case("histogram", "growing", 4000, 93, shape=[100, 40], batches=4, signed=True),
    case("histogram", "normal", 4096, 94, bits=4),
    case("histogram", "normal", 4096, 94, bits=4, symmetric=True),
    case("histogram", "heavy", 4096, 95, bits=2, signed=True),
    case("histogram", "normal", 2000, 96, shape=[4, 500], axis=0),
    case("histogram", "outliers", 2103, 97, shape=[701, 3], axis=1, batches=2),
    case("histogram", "normal", 3000, 98, factor=1e-4),
    case("histogram", "normal", 3000, 99, factor=1e6),
    case("histogram", "normal", 500, 100, factor=1e-30),
    case("histogram", "constant", 64, 1),
    case("histogram", "constant", 64, 1, factor=-1.0, symmetric=True),
    case("histogram", "constant", 1, 1),
    case("histogram", "zeros", 64, 1),
    case("histogram", "zeros", 64, 1, symmetric=True),
    case("histogram", "zeros", 64, 1, signed=True),
]

golden_data.write(
    __file__, "torch_observers.json",
    {"script": "make_torch_observers.py", "framework": "torch " + torch.__version__.split("+")[0],
     "evidence": "another framework, through the observers' public classes; the histogram's ends "
     "are read from its search"},
    {"relative": 4 * 2.0**-24,
     "reason": "PyTorch computes in float32, ours in Double rounded once: subtraction, division and "
     "the moving average differ by a few roundings of 2^-24. The histogram's own float32 is followed "
     "step by step, with the same bound",
     "zeroPoint": "equal; no case puts an end on a tie between two codes"},
    cases)
print(len(cases), "cases")
