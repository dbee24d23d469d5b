"""Packs random codes with compressed-tensors' own function and writes packed.json beside this file.

    python make.py          # compressed-tensors 0.20.1, torch 2.15

`codes` are signed, as that library has them: ours are from 0 up, 2^(bits - 1) more.
"""

import json
import pathlib

import compressed_tensors
import torch
from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32

generator = torch.Generator().manual_seed(20)
cases = []
for bits in (2, 3, 4, 8):
    for rows, columns, groups in ((5, 32, 2), (13, 64, 1)):
        half = 1 << (bits - 1)
        codes = torch.randint(-half, half, (rows, columns), generator=generator).to(torch.int8)
        zeros = torch.randint(-half, half, (rows, groups), generator=generator).to(torch.int8)
        packed = pack_to_int32(codes, bits)
        packed_zeros = pack_to_int32(zeros, bits, packed_dim=0)
        cases.append(
            {
                "bits": bits,
                "rows": rows,
                "columns": columns,
                "groups": groups,
                "codes": codes.flatten().tolist(),
                "zeros": zeros.flatten().tolist(),
                "packed": packed.flatten().tolist(),
                "packedShape": list(packed.shape),
                "packedZeros": packed_zeros.flatten().tolist(),
                "packedZerosShape": list(packed_zeros.shape),
            }
        )
golden = {
    "provenance": {
        "script": "make.py",
        "compressed-tensors": compressed_tensors.__version__,
        "torch": torch.__version__,
        "seed": 20,
    },
    "tolerance": "none: whole numbers",
    "cases": cases,
}
path = pathlib.Path(__file__).parent / "packed.json"
lines = ",\n  ".join(json.dumps(case) for case in golden.pop("cases"))
head = json.dumps(golden)[:-1]
path.write_text(f'{head},\n "cases": [\n  {lines}\n ]}}\n')
