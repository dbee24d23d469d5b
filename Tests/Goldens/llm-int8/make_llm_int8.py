"""Golden vectors for LLM.int8(), made by bitsandbytes' own CPU operators.

python make_llm_int8.py writes llm-int8.json beside this file. Needs torch and bitsandbytes.
"""

import json
from pathlib import Path

import bitsandbytes
import bitsandbytes.functional as F
import torch


def case(name, weight, inputs, threshold):
    weight_codes, weight_largest, _ = F.int8_vectorwise_quant(weight.clone())
    codes, largest, columns = F.int8_vectorwise_quant(inputs.clone(), threshold=threshold)
    columns = torch.empty(0, dtype=torch.int64) if columns is None else columns
    output, _ = torch.ops.bitsandbytes.int8_mixed_scaled_mm(
        inputs, codes, weight_codes, largest, weight_largest, columns if columns.numel() else None
    )
    return {
        "name": name,
        "threshold": threshold,
        "weight": weight.tolist(),
        "inputs": inputs.tolist(),
        "weightCodes": weight_codes.tolist(),
        "weightLargest": weight_largest.tolist(),
        "weightDecoded": torch.ops.bitsandbytes.int8_vectorwise_dequant(
            weight_codes, weight_largest
        ).tolist(),
        "inputCodes": codes.tolist(),
        "inputLargest": largest.tolist(),
        "outlierColumns": columns.tolist(),
        "output": output.tolist(),
    }


def main():
    generator = torch.Generator().manual_seed(7)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    cases = [case("no outliers", normal(5, 12), normal(4, 12), 6.0)]
    inputs = normal(6, 20)
    inputs[2, 3] = 9.5
    inputs[4, 3] = -0.25
    inputs[5, 17] = -6.0  # exactly at the threshold, so an outlier
    cases.append(case("two outlier columns", normal(7, 20) * 0.05, inputs, 6.0))
    cases.append(case("low threshold", normal(3, 16), normal(5, 16), 1.5))
    single = normal(1, 10)
    single[0, 4] = 40
    cases.append(case("one token", normal(4, 10), single, 6.0))
    golden = {
        "framework": f"bitsandbytes {bitsandbytes.__version__}, torch {torch.__version__}",
        "tolerance": 1e-6,
        "reason": "codes and the integer part are exact; outlier columns are added by a float32 "
        "product of at most 11 terms, each rounding within 2^-24 of sums below 10",
        "cases": cases,
    }
    path = Path(__file__).with_name("llm-int8.json")
    path.write_text(json.dumps(golden) + "\n")


main()
