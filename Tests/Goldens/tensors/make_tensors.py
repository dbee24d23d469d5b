"""Golden vectors for the module Tensors, from numpy, scipy and the safetensors package.

    python3 make_tensors.py            writes the .json files beside this script
    python3 make_tensors.py --check F  reads F, a file that the tests wrote, with the safetensors package

The tests leave such a file where NIBBLE_KEEP_SAFETENSORS says.
"""

import base64
import json
import math
import pathlib
import struct
import sys

import numpy
import safetensors
import safetensors.numpy
import scipy
import scipy.special
import scipy.stats

HERE = pathlib.Path(__file__).parent
SEED = 20240617


def write(name, content, tolerance, reason):
    """One JSON file: provenance first, then inputs and outputs."""
    head = {
        "provenance": {
            "script": "make_tensors.py",
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "safetensors": safetensors.__version__,
            "seed": SEED,
        },
        "tolerance": tolerance,
        "reason": reason,
    }
    (HERE / name).write_text(json.dumps(head | content, indent=1) + "\n")


def statistics():
    random = numpy.random.default_rng(SEED)
    cases = {
        "heavy-tailed": random.standard_t(3, 41),
        "far from zero": 1000 + random.normal(size=30),
        "with ties": random.integers(-3, 4, 25),
        "of all sizes": random.normal(size=20) * 10.0 ** random.uniform(-5, 5, 20),
        "two numbers": [1.5, -0.25],
    }
    shares = [0, 0.001, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.999, 1]
    content = []
    for name, values in cases.items():
        single = numpy.asarray(values, numpy.float32)
        double = single.astype(numpy.float64)
        counts, edges = numpy.histogram(double, bins=7)
        inner = (float(numpy.quantile(double, 0.2)), float(numpy.quantile(double, 0.8)))
        content.append(
            {
                "name": name,
                "values": single.tolist(),
                "mean": double.mean(),
                "variance": double.var(),
                "sampleVariance": double.var(ddof=1),
                "skewness": scipy.stats.skew(double),
                "kurtosis": scipy.stats.kurtosis(double),
                "shares": shares,
                "quantiles": numpy.quantile(double, shares).tolist(),
                "counts": counts.tolist(),
                "edges": edges.tolist(),
                "innerRange": inner,
                "innerCounts": numpy.histogram(double, bins=5, range=inner)[0].tolist(),
            }
        )
    # Whole numbers on the edges of bins whose width rounds: a bin found by multiplication is off by one.
    whole = numpy.arange(0, 301, dtype=numpy.float64)
    on_edges = [
        {"bins": bins, "highest": highest, "counts": numpy.histogram(whole, bins, (0, highest))[0].tolist()}
        for bins, highest in [(2, 98), (4, 196), (18, 300), (33, 300), (36, 300), (39, 91)]
    ]
    write(
        "statistics.json",
        {"cases": content, "onEdges": on_edges},
        1e-12,
        "relative; sums of at most 41 doubles in another order (41 * 2^-53 = 4.6e-15), and moments of numbers "
        "around 1000 with deviation 1, whose distances from the mean carry an error of 1000 * 2^-53 = 1e-13",
    )


def algebra():
    random = numpy.random.default_rng(SEED + 1)
    left = random.normal(size=(4, 6)).astype(numpy.float32)
    right = random.normal(size=(6, 3)).astype(numpy.float32)
    inputs = random.normal(size=(9, 5)).astype(numpy.float32)
    gram = inputs.astype(numpy.float64).T @ inputs.astype(numpy.float64)
    damped = gram + 0.01 * numpy.trace(gram) / 5 * numpy.eye(5)
    inverse = numpy.linalg.inv(damped)
    write(
        "algebra.json",
        {
            "left": left.tolist(),
            "right": right.tolist(),
            "product": (left.astype(numpy.float64) @ right.astype(numpy.float64)).tolist(),
            "inputs": inputs.tolist(),
            "gram": gram.tolist(),
            "damped": damped.tolist(),
            "lower": numpy.linalg.cholesky(damped).tolist(),
            "inverse": inverse.tolist(),
            "upperOfInverse": numpy.linalg.cholesky(inverse).T.tolist(),
            "conditionNumber": float(numpy.linalg.cond(damped)),
        },
        1e-13,
        "of double results, times the condition number (below 100); single products: 6 * 2^-24 times the sum of "
        "the absolute products",
    )


MASK = (1 << 64) - 1


def mixed(state):
    """SplitMix64: the next state and output."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    bits = state
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
    return state, bits ^ (bits >> 31)


def xoshiro(state):
    """xoshiro256++ from a state of four words: endless outputs."""
    rotated = lambda bits, count: ((bits << count) | (bits >> (64 - count))) & MASK
    a, b, c, d = state
    while True:
        yield (rotated((a + d) & MASK, 23) + a) & MASK
        shifted = (b << 17) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = rotated(d, 45)


def seeded(seed):
    state, words = seed, []
    for _ in range(4):
        state, word = mixed(state)
        words.append(word)
    return xoshiro(words)


def random_numbers():
    # The reference programs' own first outputs, so that this twin is right before it judges.
    assert mixed(1234567)[1] == 6457827717110365317
    first = xoshiro((1, 2, 3, 4))
    assert [next(first) for _ in range(4)] == [41943041, 58720359, 3588806011781223, 3591011842654386]

    def open_uniform(bits):
        return ((bits >> 12) * 2 + 1) / 2**53

    cases = []
    for seed in (0, 1, 42, MASK):
        bits = [next(source) for source in [seeded(seed)] for _ in range(8)]
        opened = [open_uniform(word) for word in bits]
        pairs = seeded(seed)
        student = []
        while len(student) < 4:
            u, v = (2 * (next(pairs) >> 11) / 2**53 - 1 for _ in range(2))
            radius = u * u + v * v
            if 0 < radius <= 1:
                student.append(u * math.sqrt(5 * (radius ** (-2 / 5) - 1) / radius))
        cases.append(
            {
                "seed": str(seed),
                "bits": [str(word) for word in bits],
                "uniform": [(word >> 11) / 2**53 for word in bits],
                "normal": scipy.special.ndtri(opened).tolist(),
                "laplace": scipy.stats.laplace.ppf(opened, scale=0.5).tolist(),
                "studentT5": student,
            }
        )
    write(
        "random.json",
        {"cases": cases},
        1e-13,
        "relative, for normal, laplace and studentT5: a few roundings of a double each, scipy's and ours; near "
        "u = 1/2 a difference of uniform numbers, so absolute below 1; bits and uniform are exact",
    )


def encoded(header, data):
    if isinstance(header, str):
        header = header.encode()
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype="U8", shape="[2]", offsets="[0,2]", more=""):
    return '{"dtype":"%s","shape":%s,"data_offsets":%s%s}' % (dtype, shape, offsets, more)


def mangled():
    """Headers, the reference's verdict on each, and ours where it is deliberately stricter."""
    one = '{"a":%s}'
    cases = {  # name: (header, bytes of data[, stricter])
        "valid": (one % entry(), 2),
        "no tensors": ("{}", 0),
        "no tensors, a byte left": ("{}", 1),
        "empty header": ("", 0),
        "only spaces": ("    ", 0),
        "padding of spaces": (one % entry() + "     ", 2),
        "padding of zeros": (one % entry() + "\0\0", 2),
        "padding of line ends": (one % entry() + "\n\r\t", 2),
        "text after the object": (one % entry() + " {}", 2),
        "space before the brace": (" " + one % entry(), 2, True),
        "an array": ("[]", 0),
        "not closed": ((one % entry())[:-1], 2),
        "trailing comma": ('{"a":%s,}' % entry(), 2),
        "trailing comma in the shape": (one % entry(shape="[2,]"), 2),
        "key without quotes": ("{a:%s}" % entry(), 2),
        "single quotes": ("{'a':%s}" % entry(), 2),
        "a comment": ("{/* */}", 0),
        "entry is null": (one % "null", 0),
        "entry is a number": (one % "1", 0),
        "entry is an array": ('{"a":["U8",[2],[0,2]]}', 2, True),
        "entry is empty": (one % "{}", 0),
        "no dtype": (one % '{"shape":[2],"data_offsets":[0,2]}', 2),
        "no shape": (one % '{"dtype":"U8","data_offsets":[0,2]}', 2),
        "no data_offsets": (one % '{"dtype":"U8","shape":[2]}', 2),
        "unknown key": (one % entry(more=',"x":[1,{"y":[true,null,-1.5e+3,"\\u00e9"]}]'), 2),
        "unknown key with a bad value": (one % entry(more=',"x":01'), 2),
        "dtype twice": (one % entry(more=',"dtype":"U8"'), 2),
        "name twice": ('{"a":%s,"a":%s}' % (entry(), entry()), 2, True),
        "name twice, escaped": ('{"a":%s,"\\u0061":%s}' % (entry(), entry()), 2, True),
        "unknown dtype": (one % entry("C128"), 2),
        "dtype in lower case": (one % entry("u8"), 2),
        "dtype is a number": (one % '{"dtype":8,"shape":[2],"data_offsets":[0,2]}', 2),
        "shape is a number": (one % entry(shape="2"), 2),
        "shape of strings": (one % entry(shape='["2"]'), 2),
        "shape nested": (one % entry(shape="[[2]]"), 2),
        "size negative": (one % entry(shape="[-2]"), 2),
        "size minus zero": (one % entry(shape="[-0]", offsets="[0,0]"), 0),
        "size with a fraction": (one % entry(shape="[2.0]"), 2),
        "size with an exponent": (one % entry(shape="[2e0]"), 2),
        "size with a leading zero": (one % entry(shape="[02]"), 2),
        "size of 2^64": (one % entry(shape="[18446744073709551616]"), 2),
        "size of a hundred digits": (one % entry(shape="[%s]" % ("9" * 100)), 2),
        "product overflows": (one % entry(shape="[4294967296,4294967296,4]"), 2),
        "bytes overflow": (one % entry("F64", shape="[4611686018427387904]"), 2),
        "overflow before a zero": (one % entry(shape="[9223372036854775807,4,0]", offsets="[0,0]"), 0),
        "zero before a large size": (one % entry(shape="[0,9223372036854775807,4]", offsets="[0,0]"), 0),
        "rank 0": (one % entry(shape="[]", offsets="[0,1]"), 1),
        "rank 0 of F64": (one % entry("F64", "[]", "[0,8]"), 8),
        "no elements": (one % entry(shape="[3,0]", offsets="[0,0]"), 0),
        "one offset": (one % entry(offsets="[2]"), 2),
        "three offsets": (one % entry(offsets="[0,2,2]"), 2),
        "offsets reversed": (one % entry(offsets="[2,0]"), 2),
        "offset negative": (one % entry(offsets="[-2,0]"), 2),
        "offsets of 2^63": (one % entry(offsets="[9223372036854775808,9223372036854775810]"), 2),
        "bytes fewer than the shape": (one % entry(offsets="[0,1]"), 1),
        "bytes more than the shape": (one % entry(offsets="[0,3]"), 3),
        "past the end": (one % entry(), 1),
        "bytes left over": (one % entry(), 3),
        "hole at the start": (one % entry(offsets="[1,3]"), 3),
        "hole between": ('{"a":%s,"b":%s}' % (entry(), entry(offsets="[3,5]")), 5),
        "overlap": ('{"a":%s,"b":%s}' % (entry(), entry(offsets="[1,3]")), 3),
        "the same bytes": ('{"a":%s,"b":%s}' % (entry(), entry()), 2),
        "out of order": ('{"a":%s,"b":%s}' % (entry(offsets="[2,4]"), entry()), 4),
        "empty tensor between": (
            '{"a":%s,"e":%s,"b":%s}' % (entry(), entry(shape="[0]", offsets="[2,2]"), entry(offsets="[2,4]")),
            4,
        ),
        "empty tensor inside another": (
            '{"a":%s,"e":%s}' % (entry(), entry(shape="[0]", offsets="[1,1]")),
            2,
        ),
        "two nibbles": (one % entry("F4", "[2]", "[0,1]"), 1),
        "one nibble": (one % entry("F4", "[1]", "[0,1]"), 1),
        "four six-bit numbers": (one % entry("F6_E2M3", "[4]", "[0,3]"), 3),
        "metadata": ('{"__metadata__":{"format":"pt","\\n":"\\u0041"},"a":%s}' % entry(), 2),
        "metadata empty": ('{"__metadata__":{}}', 0),
        "metadata null": ('{"__metadata__":null}', 0, True),
        "metadata of numbers": ('{"__metadata__":{"a":1}}', 0),
        "metadata nested": ('{"__metadata__":{"a":{"b":"c"}}}', 0),
        "metadata is a string": ('{"__metadata__":"a"}', 0),
        "metadata key twice": ('{"__metadata__":{"a":"1","a":"2"}}', 0, True),
        "metadata twice": ('{"__metadata__":{},"__metadata__":{}}', 0),
        "name empty": ('{"":%s}' % entry(), 2),
        "name of two surrogates": ('{"\\ud83d\\ude00":%s}' % entry(), 2),
        "name of half a surrogate": ('{"\\ud83d":%s}' % entry(), 2),
        "name of reversed surrogates": ('{"\\ude00\\ud83d":%s}' % entry(), 2),
        "name of a surrogate and a letter": ('{"\\ud83dx":%s}' % entry(), 2),
        "name with an unknown escape": ('{"\\x":%s}' % entry(), 2),
        "name with a short escape": ('{"\\u12":%s}' % entry(), 2),
        "name with a zero": ('{"\\u0000":%s}' % entry(), 2),
        "name with a tab": ('{"\t":%s}' % entry(), 2),
        "name not ended": ('{"a', 0),
        "name ended by a backslash": ('{"a\\', 0),
        "name with a bad byte": (b'{"\xff":' + entry().encode() + b"}", 2),
        "name with a long encoding": (b'{"\xc0\xaf":' + entry().encode() + b"}", 2),
        "name with an encoded surrogate": (b'{"\xed\xa0\x80":' + entry().encode() + b"}", 2),
        "name cut in a character": (b'{"\xe2\x82":' + entry().encode() + b"}", 2),
        "a byte-order mark": (b"\xef\xbb\xbf{}", 0),
        "two accents, two names": (
            '{"\u00e9":%s,"e\u0301":%s}' % (entry(), entry(offsets="[2,4]")),
            4,
        ),
    }
    content = []
    for name, (header, size, *stricter) in cases.items():
        file = encoded(header, bytes(size))
        try:
            safetensors.deserialize(file)
            accepted = True
        except safetensors.SafetensorError:
            accepted = False
        assert accepted or not stricter, name
        content.append(
            {
                "name": name,
                "file": base64.b64encode(file).decode(),
                "reference": accepted,
                "expected": accepted and not stricter,
            }
        )
    write(
        "mangled.json",
        {"cases": content},
        0,
        "a verdict; where `expected` is false and `reference` true, the format's description forbids what its "
        "reference implementation lets pass",
    )


def file_tensors():
    random = numpy.random.default_rng(SEED + 2)
    return {
        "float64": numpy.array([[1.5, -2.25, 1e300], [0, -0.0, 2.0**-1074]]),
        "float32": random.normal(size=(2, 3)).astype(numpy.float32),
        "float16": numpy.array([0, -0.0, 1, 65504, 6e-8, -1 / 3, numpy.inf], numpy.float16),
        "int64": numpy.array([-(2**63), -1, 2**63 - 1]),
        "int32": numpy.array([[-(2**31)], [2**31 - 1]], numpy.int32),
        "int16": numpy.array([-32768, 32767], numpy.int16),
        "uint16": numpy.array([0, 65535], numpy.uint16),
        "uint32": numpy.array([0, 2**32 - 1], numpy.uint32),
        "int8": numpy.array([[[-128, 127, 0]]], numpy.int8),
        "uint8": numpy.array([0, 255, 7], numpy.uint8),
        "bool": numpy.array([True, False, True]),
        "scalar": numpy.array(3.5, numpy.float32),
        "empty": numpy.zeros((0, 4), numpy.float32),
        'name "of" \\ any\n\u00e9\U0001f600\x01': numpy.array([1], numpy.float32),
    }


def files():
    tensors = file_tensors()
    file = safetensors.numpy.save(tensors, metadata={"format": "numpy \u00e9\t\x1f"})
    content = {
        "file": base64.b64encode(file).decode(),
        "tensors": [
            {
                "name": name,
                "shape": list(tensor.shape),
                "bytes": base64.b64encode(tensor.tobytes()).decode(),
                # as text, because JSON has neither infinities nor whole numbers of 64 bits
                "values": [str(float(value)) for value in tensor.astype(numpy.float32).ravel()],
            }
            for name, tensor in tensors.items()
        ],
    }
    write("file.json", content, 0, "bytes are equal, and values after rounding to float32")


def check(path):
    """Reads a file that our writer made from the tensors of file.json."""
    found = safetensors.numpy.load_file(path)
    expected = file_tensors()
    assert found.keys() == expected.keys(), sorted(found)
    for name, tensor in expected.items():
        same = found[name].dtype == tensor.dtype and found[name].shape == tensor.shape
        assert same and found[name].tobytes() == tensor.tobytes(), name
    print(f"{path}: {len(found)} tensors, all as expected")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        check(sys.argv[2])
    else:
        with numpy.errstate(all="ignore"):
            statistics()
            algebra()
            random_numbers()
            mangled()
            files()
