"""Golden vectors for SmoothQuant, computed in PyTorch from the paper's equations.

s = max|x|^a / max|W|^(1-a) over all layers that share the inputs, weight columns times s, inputs
divided by s; weights int8 per row, inputs int8 per token, per tensor or static. Written from Xiao et
al. 2022, equation 4 and table 2, with the floors of the published code (1e-5).

python make_smoothquant.py writes smoothquant.json beside this file. Needs torch.
"""

import json
from pathlib import Path

import torch


def fake(matrix, largest):
    scale = largest / 127
    return torch.round(matrix / scale).clamp(-127, 127) * scale


def case(name, weights, inputs, alpha):
    peak_inputs = inputs.abs().amax(dim=0)
    peak_weights = torch.stack([w.abs().amax(dim=0) for w in weights]).amax(dim=0).clamp(min=1e-5)
    scales = (peak_inputs.pow(alpha) / peak_weights.pow(1 - alpha)).clamp(min=1e-5)
    smooth = inputs / scales
    outputs = {"token": [], "tensor": []}
    codes = []
    for weight in weights:
        scaled = weight * scales
        peak = scaled.abs().amax(dim=1, keepdim=True)
        codes.append(torch.round(scaled / (peak / 127)).to(torch.int8).tolist())
        rounded = fake(scaled, peak).double()
        by_token = fake(smooth, smooth.abs().amax(dim=1, keepdim=True)).double()
        by_tensor = fake(smooth, smooth.abs().max()).double()
        outputs["token"].append((by_token @ rounded.T).tolist())
        outputs["tensor"].append((by_tensor @ rounded.T).tolist())
    return {
        "name": name,
        "alpha": alpha,
        "weights": [w.tolist() for w in weights],
        "inputs": inputs.tolist(),
        "scales": scales.tolist(),
        "codes": codes,
        "outputsPerToken": outputs["token"],
        "outputsPerTensor": outputs["tensor"],
    }


def main():
    generator = torch.Generator().manual_seed(11)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    uneven = normal(9, 24)
    uneven[:, 5] *= 60
    uneven[:, 11] *= 25
    cases = [
        case("one layer, half", [normal(6, 24) * 0.1], uneven, 0.5),
        case("three layers share s", [normal(4, 24) * 0.1, normal(4, 24), normal(3, 24)], uneven, 0.5),
        case("mostly into the weights", [normal(6, 24) * 0.1], uneven, 0.85),
        case("nothing moved", [normal(6, 24) * 0.1], uneven, 0.0),
    ]
    golden = {
        "framework": f"torch {torch.__version__}, own code from the equations",
        "tolerance": 2e-6,
        "reason": "scales by a power in float32 there and in double precision here agree to 2^-21 of "
        "themselves; outputs are sums of 24 products of the same codes, so relative to the largest "
        "output they agree as closely, where no code lies within that of a tie",
        "cases": cases,
    }
    Path(__file__).with_name("smoothquant.json").write_text(json.dumps(golden) + "\n")


main()
