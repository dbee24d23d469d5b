#!/usr/bin/env python3
"""Golden vectors for the Quantization module, made with public functions of other frameworks.

Run in this folder: python3 make_quantization_goldens.py
Needs torch, bitsandbytes, numpy and ml_dtypes. Each file holds inputs, outputs, the tolerance with
its reason, and where it came from. Floats are written so that they read back bit for bit.
"""

import json
import os
import sys
import warnings

import bitsandbytes
import bitsandbytes.functional as bnb
import ml_dtypes
import numpy as np
import torch
from torch.ao.quantization.observer import MinMaxObserver, PerChannelMinMaxObserver

warnings.filterwarnings("ignore")
SEED = 20260
FOLDER = os.path.dirname(os.path.abspath(__file__))


def floats(values):
    return [float(v) for v in np.asarray(values, dtype=np.float32).reshape(-1)]


def integers(values):
    return [int(v) for v in np.asarray(values).reshape(-1)]


def write(name, framework, tolerance, reason, cases):
    document = {
        "script": "make_quantization_goldens.py",
        "framework": framework,
        "python": sys.version.split()[0],
        "seed": SEED,
        "tolerance": tolerance,
        "reason": reason,
        "cases": cases,
    }
    with open(os.path.join(FOLDER, name), "w") as file:
        json.dump(document, file, indent=None, separators=(", ", ": "))
        file.write("\n")


def affine(rng):
    """PyTorch's min-max observers and its quantize_per_tensor / quantize_per_channel."""
    cases = []
    weight = torch.tensor(rng.normal(0.02, 0.3, (4, 24)).astype(np.float32))
    weight[2] = weight[2].abs()  # a row that has no negative value
    for name, qscheme, dtype, per_channel in [
        ("asymmetric tensor", torch.per_tensor_affine, torch.quint8, False),
        ("full tensor", torch.per_tensor_symmetric, torch.quint8, False),
        ("fullSigned tensor", torch.per_tensor_symmetric, torch.qint8, False),
        ("asymmetric channel", torch.per_channel_affine, torch.quint8, True),
        ("fullSigned channel", torch.per_channel_symmetric, torch.qint8, True),
    ]:
        if per_channel:
            observer = PerChannelMinMaxObserver(ch_axis=0, dtype=dtype, qscheme=qscheme)
        else:
            observer = MinMaxObserver(dtype=dtype, qscheme=qscheme)
        lowest, highest = (-128, 127) if dtype == torch.qint8 else (0, 255)
        observer(weight)
        scale, zero = observer.calculate_qparams()
        if per_channel:
            quantized = torch.quantize_per_channel(weight, scale.double(), zero, 0, dtype)
            fake = torch.fake_quantize_per_channel_affine(
                weight, scale, zero.to(torch.int32), 0, lowest, highest)
        else:
            quantized = torch.quantize_per_tensor(weight, float(scale), int(zero), dtype)
            fake = torch.fake_quantize_per_tensor_affine(
                weight, float(scale), int(zero), lowest, highest)
        cases.append({
            "name": name, "rows": 4, "columns": 24, "weight": floats(weight),
            "scales": floats(scale), "zeroPoints": integers(zero),
            "codes": integers(quantized.int_repr().numpy()), "dequantized": floats(fake),
        })
    write(
        "affine.json", f"torch {torch.__version__}", 2 * 2.0**-23,
        "relative, for scales and values: the observers divide in float32 where we divide in Double "
        "and round once, one rounding each; codes equal but next to a tie, where multiplying by 1/s "
        "and dividing by s differ: on the full symmetric grid the largest magnitude is always 127.5 "
        "steps from zero, a tie",
        cases)


def blocks(rng):
    """bitsandbytes' quantize_4bit: blocks cross rows, the last one is short, one block is zero."""
    cases = []
    weight = rng.standard_t(4, (3, 80)).astype(np.float32)
    weight.reshape(-1)[64:128] = 0
    weight.reshape(-1)[140] = 1e-4  # FP4 stores the smallest positive values as -0
    for kind in ("nf4", "fp4"):
        for blocksize in (64, 32):
            # As one row: the codes are the same, but this version's decoder for the CPU is wrong
            # where blocks cross from row to row.
            packed, state = bnb.quantize_4bit(
                torch.tensor(weight).reshape(1, -1), blocksize=blocksize, quant_type=kind)
            cases.append({
                "name": f"{kind} {blocksize}", "codebook": kind, "blockSize": blocksize, "rows": 3,
                "columns": 80, "weight": floats(weight), "packed": integers(packed.numpy()),
                "magnitudes": floats(state.absmax), "table": floats(state.code),
                "dequantized": floats(bnb.dequantize_4bit(packed, state)),
            })
    write(
        "blocks.json", f"bitsandbytes {bitsandbytes.__version__} on the CPU", 0,
        "the same float32 operations in the same order: equal bit for bit", cases)


def double_quantization(rng):
    """bitsandbytes' compress_statistics: 300 block magnitudes make two blocks of scales."""
    weight = rng.normal(0, 0.05, (30, 320)).astype(np.float32)
    packed, plain = bnb.quantize_4bit(torch.tensor(weight), blocksize=32, quant_type="nf4")
    _, state = bnb.quantize_4bit(
        torch.tensor(weight), blocksize=32, quant_type="nf4", compress_statistics=True)
    offset = np.float32(state.offset.item())
    decoded = bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset
    write(
        "double-quantization.json", f"bitsandbytes {bitsandbytes.__version__} on the CPU", 1,
        "the offset is a mean whose float32 sum torch orders its own way: one unit in the last place; "
        "a code next to a boundary may then differ by one: at most one of 300",
        [{
            "name": "300 magnitudes", "magnitudes": floats(plain.absmax), "offset": float(offset),
            "codes": integers(state.absmax.numpy()), "blockMagnitudes": floats(state.state2.absmax),
            "levels": floats(state.state2.code), "decoded": floats(decoded),
        }])


def products(rng):
    """Integer products of codes with their zero points taken off, in numpy's int32."""
    cases = []
    for name, low, high, wlow, whigh, xzero, wzero in [
        ("u8 × s8", 0, 256, -127, 128, [3, 255, 0], [0, 0, 0, 0, 0]),
        ("u8 × u8", 0, 256, 0, 256, [128, 7, 255], [1, 0, 255, 128, 90]),
        ("s8 × s8", -128, 128, -128, 128, [0, 0, 0], [0, 0, 0, 0, 0]),
        ("u8 × u4", 0, 256, 0, 16, [12, 0, 200], [8, 0, 15, 3, 7]),
    ]:
        x = rng.integers(low, high, (3, 37)).astype(np.int32)
        w = rng.integers(wlow, whigh, (5, 37)).astype(np.int32)
        sums = (x - np.array(xzero, dtype=np.int32)[:, None]) @ (
            w - np.array(wzero, dtype=np.int32)[:, None]).T
        cases.append({
            "name": name, "inner": 37, "activations": integers(x), "weight": integers(w),
            "activationZeroPoints": xzero, "weightZeroPoints": wzero, "sums": integers(sums),
        })
    write("products.json", f"numpy {np.__version__}", 0, "integers are exact", cases)


def small_floats(rng):
    """torch's and ml_dtypes' casts of scaled groups; scale = largest magnitude / largest number."""
    cases = []
    weight = (rng.standard_t(3, (2, 64)) * 0.1).astype(np.float32)
    weight[1, 5] = -1e-9  # far below the smallest subnormal: keeps its sign
    for name, dtype, largest in [
        ("fp8-e4m3", torch.float8_e4m3fn, 448.0), ("fp8-e5m2", torch.float8_e5m2, 57344.0),
    ]:
        x = torch.tensor(weight)
        scale = x.abs().amax(dim=1, keepdim=True) / largest
        cast = (x / scale).clamp(-largest, largest).to(dtype)
        cases.append({
            "name": name, "groupSize": 64, "rows": 2, "columns": 64, "weight": floats(x),
            "scales": floats(scale), "codes": integers(cast.view(torch.uint8).numpy()),
            "dequantized": floats(cast.float() * scale),
        })
    groups = weight.reshape(-1, 32)
    amax = np.abs(groups).max(axis=1, keepdims=True)
    scale = np.exp2(np.floor(np.log2(amax.astype(np.float64))) - 2).astype(np.float32)
    cast = np.clip(groups / scale, -6, 6).astype(ml_dtypes.float4_e2m1fn)
    cases.append({
        "name": "mxfp4", "groupSize": 32, "rows": 2, "columns": 64, "weight": floats(weight),
        "scales": floats(scale), "codes": integers(cast.view(np.uint8)),
        "dequantized": floats(cast.astype(np.float32) * scale),
    })
    tensor_scale = np.float32(np.abs(weight).max() / np.float32(448 * 6))
    groups = weight.reshape(-1, 16)
    amax = np.abs(groups).max(axis=1, keepdims=True)
    scale = (amax / np.float32(6) / tensor_scale).clip(max=448).astype(
        ml_dtypes.float8_e4m3fn).astype(np.float32) * tensor_scale
    cast = np.clip(groups / scale, -6, 6).astype(ml_dtypes.float4_e2m1fn)
    cases.append({
        "name": "nvfp4", "groupSize": 16, "rows": 2, "columns": 64, "weight": floats(weight),
        "scales": floats(scale), "codes": integers(cast.view(np.uint8)),
        "dequantized": floats(cast.astype(np.float32) * scale),
    })
    write(
        "small-floats.json",
        f"torch {torch.__version__}, ml_dtypes {ml_dtypes.__version__}, numpy {np.__version__}", 0,
        "one float32 division for the scale, one for the quotient, then a cast: equal bit for bit",
        cases)


if __name__ == "__main__":
    generator = np.random.default_rng(SEED)
    affine(generator)
    blocks(generator)
    double_quantization(generator)
    products(generator)
    small_floats(generator)
