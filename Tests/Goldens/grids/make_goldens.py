"""Writes the golden vectors of the Grids tests: python3 make_goldens.py

Only public functions of other people's frameworks are used. Floats are written as the bit pattern
of a 32-bit float (an integer) or, for doubles, as Python's exact hexadecimal text, so that nothing
is lost between here and the tests.
"""

import json
import os

import bitsandbytes
import bitsandbytes.functional
import ml_dtypes
import mpmath
import numpy
import onnx
import onnxruntime
import scipy
import scipy.optimize
import scipy.stats
import torch

FOLDER = os.path.dirname(os.path.abspath(__file__))
SEED = 20240501


def bits(values):
    return numpy.asarray(values, dtype=numpy.float32).view(numpy.uint32).tolist()


def write(name, content):
    with open(os.path.join(FOLDER, name), "w") as file:
        file.write("{\n")
        file.write(",\n".join(f'  "{key}": {json.dumps(value)}' for key, value in content.items()))
        file.write("\n}\n")


def provenance(*frameworks):
    versions = {framework.__name__: framework.__version__ for framework in frameworks}
    return {"script": "make_goldens.py", "frameworks": versions, "seed": SEED}


def float_inputs(values, largest):
    """Ties and their neighbours, random numbers of all magnitudes, and the edges."""
    generator = numpy.random.default_rng(SEED)
    finite = numpy.unique(values[numpy.isfinite(values)].astype(numpy.float32))
    picked = finite[numpy.linspace(0, len(finite) - 2, 24).astype(int)]
    following = finite[numpy.searchsorted(finite, picked) + 1]
    ties = ((picked.astype(numpy.float64) + following) / 2).astype(numpy.float32)
    spread = generator.normal(size=40) * 2.0 ** generator.uniform(-20, numpy.log2(largest) + 1, 40)
    edges = [0.0, -0.0, largest, largest * 1.03, largest * 1.2, -largest * 4, 3e38, 1e-45, -1e-30]
    with numpy.errstate(over="ignore"):
        return numpy.concatenate([
            ties, numpy.nextafter(ties, numpy.float32(numpy.inf)),
            numpy.nextafter(ties, numpy.float32(-numpy.inf)),
            spread.astype(numpy.float32), numpy.array(edges, dtype=numpy.float32),
            numpy.array([numpy.inf, -numpy.inf, numpy.nan], dtype=numpy.float32),
        ])


def small_floats():
    types = {
        "e4m3": (ml_dtypes.float8_e4m3fn, 256, numpy.uint8, torch.float8_e4m3fn),
        "e5m2": (ml_dtypes.float8_e5m2, 256, numpy.uint8, None),
        "e2m1": (ml_dtypes.float4_e2m1fn, 16, numpy.uint8, None),
        "e2m3": (ml_dtypes.float6_e2m3fn, 64, numpy.uint8, None),
        "e3m2": (ml_dtypes.float6_e3m2fn, 64, numpy.uint8, None),
        "e8m0": (ml_dtypes.float8_e8m0fnu, 256, numpy.uint8, None),
    }
    formats = {}
    for name, (kind, count, word, saturating) in types.items():
        values = numpy.arange(count).astype(word).view(kind).astype(numpy.float32)
        inputs = float_inputs(values, float(ml_dtypes.finfo(kind).max))
        if name == "e8m0":
            # Zero and negative numbers have no place in the format. Below 2^-126 ml_dtypes rounds
            # 0x5FFFFF x 2^-149 up, although 2^-127 is nearer: not a rule to follow.
            inputs = inputs[inputs >= 2.0**-126]
        if name in ("e2m1", "e2m3", "e3m2"):
            inputs = inputs[~numpy.isnan(inputs)]  # nor has NaN in these
        formats[name] = {
            "decoded": bits(values),
            "inputs": bits(inputs),
            "codes": inputs.astype(kind).view(word).tolist(),
        }
        if saturating is not None:
            cast = torch.from_numpy(inputs).to(saturating).view(torch.uint8)
            formats[name]["saturatedCodes"] = cast.tolist()
    write("small-floats.json", {
        "tolerance": "none: patterns and values are exact; NaN is compared as NaN",
        "note": "codes: ml_dtypes, which does not saturate; saturatedCodes: torch, which does",
        "provenance": provenance(numpy, ml_dtypes, torch),
        **formats,
    })


def sixteen_bit_floats():
    formats = {}
    for name, kind in {"float16": torch.float16, "bfloat16": torch.bfloat16}.items():
        patterns = numpy.arange(65536).astype(numpy.uint16).view(numpy.int16)
        values = torch.from_numpy(patterns).view(kind).float().numpy()
        inputs = float_inputs(values, float(torch.finfo(kind).max) / 4)
        edges = [65504, 65519.996, 65520, 65536, 2.0**-24, 2.0**-25, 1.5 * 2.0**-25, 6.1e-5, 3.39e38]
        inputs = numpy.concatenate([inputs, numpy.array(edges, dtype=numpy.float32)])
        codes = torch.from_numpy(inputs).to(kind).view(torch.int16).numpy().view(numpy.uint16)
        picked = numpy.linspace(0, 65535, 200).astype(int)
        formats[name] = {
            "patterns": picked.tolist(), "decoded": bits(values[picked]),
            "inputs": bits(inputs), "codes": codes.tolist(),
        }
    write("sixteen-bit-floats.json", {
        "tolerance": "none: patterns and values are exact; NaN is compared as NaN",
        "provenance": provenance(numpy, torch),
        **formats,
    })


def codebooks():
    functional = bitsandbytes.functional
    generator = numpy.random.default_rng(SEED)

    def codes(values, kind):
        packed, state = functional.quantize_4bit(
            torch.from_numpy(values), blocksize=64, quant_type=kind)
        assert state.absmax.tolist() == [1.0]
        flat = packed.view(-1).numpy()
        return numpy.stack([flat >> 4, flat & 15], axis=1).reshape(-1).tolist(), state

    values = generator.uniform(-1, 1, 64).astype(numpy.float32)
    values[0] = 1.0  # the block's largest magnitude, so that its scale is 1
    normal_codes, normal = codes(values, "nf4")
    four_bit_codes, four_bit = codes(values, "fp4")
    write("codebooks.json", {
        "tolerance": "NF4 levels 1.2e-7, the table's 32-bit rounding of a double computation on a "
        "truncated offset; dynamic map 2 units in the last place, since bitsandbytes forms it in "
        "32 bits; codes exact",
        "provenance": provenance(torch, bitsandbytes, numpy),
        "normalFloat4": bits(normal.code.numpy()),
        "float4": bits(four_bit.code.numpy()),
        "dynamicSigned8": bits(functional.create_dynamic_map(signed=True).numpy()),
        "values": bits(values),
        "normalFloat4Codes": normal_codes,
        "float4Codes": four_bit_codes,
    })


def affine():
    """QuantizeLinear divides, rounds half to even, adds the zero point and clamps."""
    generator = numpy.random.default_rng(SEED)
    cases = []
    grids = [("uint8", numpy.uint8), ("int8", numpy.int8)]
    for index, (name, word) in enumerate(grids * 3):
        lowest, highest = (-2.4, 3.6) if index < 2 else sorted(generator.normal(size=2) * 3)
        lowest, highest = min(lowest, 0), max(highest, 0)
        scale = numpy.float32((highest - lowest) / 255)
        zero = int(numpy.iinfo(word).min - numpy.rint(lowest / ((highest - lowest) / 255)))
        values = generator.uniform(lowest * 1.2, highest * 1.2, 48).astype(numpy.float32)
        halves = (numpy.arange(-8, 8) + numpy.float32(0.5)) * scale
        values = numpy.concatenate([values, halves.astype(numpy.float32), [numpy.float32(1)]])
        tensor = onnx.TensorProto.UINT8 if word is numpy.uint8 else onnx.TensorProto.INT8
        make = onnx.helper
        graph = make.make_graph(
            [make.make_node("QuantizeLinear", ["x", "s", "z"], ["y"])], "quantize",
            [make.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [len(values)])],
            [make.make_tensor_value_info("y", tensor, [len(values)])],
            [make.make_tensor("s", onnx.TensorProto.FLOAT, [], [scale]),
             make.make_tensor("z", tensor, [], [zero])])
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", 19)], ir_version=9)
        session = onnxruntime.InferenceSession(model.SerializeToString())
        codes = session.run(None, {"x": values.astype(numpy.float32)})[0]
        cases.append({
            "grid": name, "lowest": float(lowest).hex(), "highest": float(highest).hex(),
            "scale": bits([scale])[0], "zeroPoint": zero, "values": bits(values),
            "codes": codes.tolist(),
        })
    write("affine.json", {
        "tolerance": "none: one division, one rounding and one integer addition, as ours",
        "provenance": provenance(numpy, onnx, onnxruntime),
        "cases": cases,
    })


def elementary():
    mpmath.mp.prec = 400
    generator = numpy.random.default_rng(SEED)
    number = mpmath.mpf

    def table(function, inputs):
        return [[float(x).hex(), float(function(number(float(x)))).hex()] for x in inputs]

    def quantile(probability):
        """Inverts Φ by Newton's method in 400 bits, from SciPy's double."""
        guess = number(float(scipy.stats.norm.ppf(float(probability))))
        for _ in range(12):
            guess -= (mpmath.ncdf(guess) - probability) / mpmath.npdf(guess)
        return guess

    spread = 2.0 ** generator.uniform(-60, 60, 30)
    near_one = 1 + generator.normal(size=20) * 2.0 ** generator.uniform(-40, -2, 20)
    probabilities = numpy.concatenate([
        generator.uniform(0, 1, 30), 10.0 ** -generator.uniform(1, 300, 20),
        0.5 + generator.normal(size=10) * 1e-4,
        [0.075, 0.925, 0.0750001, 1e-11, 1.4e-11, 0.9677083, 2.0**-53, 1 - 2.0**-53, 0.5],
    ])
    write("elementary.json", {
        "tolerance": "relative: logarithm and exponential 2.3e-16 (one unit in the last place), "
        "normalDistribution 1e-14, normalQuantile 2e-15",
        "provenance": provenance(mpmath, numpy, scipy),
        "logarithm": table(mpmath.log, [*spread, *near_one, 5e-324, 2.0, 1e308, 0.7071067811865476]),
        "exponential": table(mpmath.exp, [
            *generator.uniform(-700, 700, 30), *generator.uniform(-1, 1, 20), 0.0, 709.7, -708.0,
            1e-20, 0.34657359027997264]),
        "normalDistribution": table(mpmath.ncdf, [
            *generator.uniform(-6, 6, 40), *generator.uniform(-37, -6, 10), 0.0, 1e-10, 2.0, -2.0,
            2.0000001, -2.0000001, *generator.uniform(-3, -1, 20)]),
        "normalQuantile": table(quantile, probabilities),
    })


def lloyd_max():
    """Solves level = mean of its cell with SciPy's root finder, for a standard normal density."""
    normal = scipy.stats.norm

    def excess(levels):
        ends = numpy.concatenate([[-numpy.inf], (levels[1:] + levels[:-1]) / 2, [numpy.inf]])
        mass = normal.cdf(ends[1:]) - normal.cdf(ends[:-1])
        return levels - (normal.pdf(ends[:-1]) - normal.pdf(ends[1:])) / mass

    results = {}
    for count in (2, 3, 4, 8, 16):
        start = normal.ppf((numpy.arange(count) + 0.5) / count)
        solution = scipy.optimize.root(excess, start, tol=1e-13)
        assert numpy.abs(excess(solution.x)).max() < 1e-12
        results[str(count)] = [float(level).hex() for level in solution.x]
    write("lloyd-max.json", {
        "tolerance": "1e-9 for the two solvers plus half a unit of a Float in the last place",
        "provenance": provenance(numpy, scipy),
        "levels": results,
    })


def blocks():
    """Forms the two block formats with ml_dtypes' casts."""
    generator = numpy.random.default_rng(SEED)
    four = ml_dtypes.float4_e2m1fn
    cases = {"mx": [], "nv": []}
    for deviation in (1.0, 1e-3, 300.0):
        values = (generator.standard_t(4, size=32) * deviation).astype(numpy.float32)
        exponent = int(numpy.floor(numpy.log2(numpy.abs(values).max()))) - 2
        scaled = (values / numpy.float32(2.0**exponent)).astype(four)
        cases["mx"].append({
            "values": bits(values), "scale": exponent + 127, "codes": scaled.view("uint8").tolist(),
            "decoded": bits(scaled.astype(numpy.float32) * numpy.float32(2.0**exponent)),
        })
        values = values[:16]
        largest = numpy.abs(values).max()
        tensor = numpy.float32(1) if deviation == 1.0 else largest / numpy.float32(2688)
        code = (largest / numpy.float32(6) / tensor).astype(ml_dtypes.float8_e4m3fn)
        scale = code.astype(numpy.float32) * tensor
        scaled = (values / scale).astype(four)
        cases["nv"].append({
            "values": bits(values), "tensorScale": bits([tensor])[0],
            "scale": int(code.view("uint8")), "codes": scaled.view("uint8").tolist(),
            "decoded": bits(scaled.astype(numpy.float32) * scale),
        })
    write("blocks.json", {
        "tolerance": "none: one division and one product in 32 bits, as ours",
        "provenance": provenance(numpy, ml_dtypes),
        **cases,
    })


if __name__ == "__main__":
    for make in (
            small_floats, sixteen_bit_floats, codebooks, affine, elementary, lloyd_max, blocks):
        make()
