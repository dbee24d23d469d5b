"""Golden vectors for AWQ, computed in PyTorch from the paper and the published procedure.

Scale search over a = 0, 1/20 ... 19/20 with the layer's own output as the loss, with and without
duo scaling, then the clip search; on the published grid (zero not forced into a group's range), on a
grid with zero in range, and on the full symmetric one. Written from Lin et al. 2023, section 3.2, and
the constants of the published code and AutoAWQ.

python make_awq.py writes awq.json beside this file. Needs torch.
"""

import json
from pathlib import Path

import torch


def rounded(weight, bits, group, grid):
    """Q(W) in float32 on grids whose parameters are float64 and stored as float32.

    The published grid is float32 throughout. The distinction matters for the symmetric grid, where the
    largest negative weight of a group lies exactly between two codes.
    """
    runs = weight.reshape(-1, group)
    top = 2**bits - 1
    if grid == "published":
        low, high = runs.amin(dim=1, keepdim=True), runs.amax(dim=1, keepdim=True)
        scale = (high - low).clamp(min=1e-5) / top
        zero = (-torch.round(low / scale)).clamp(0, top)
    elif grid == "symmetric":
        largest = runs.abs().amax(dim=1, keepdim=True).double()
        scale = torch.where(largest > 0, largest / (top / 2), torch.ones_like(largest)).float()
        zero = torch.full_like(scale, 2 ** (bits - 1))
    else:
        low = runs.amin(dim=1, keepdim=True).clamp(max=0).double()
        high = runs.amax(dim=1, keepdim=True).clamp(min=0).double()
        step = (high - low) / top
        zero = (-torch.round(low / step)).clamp(0, top).float()
        scale = step.float()
    codes = torch.clamp(torch.round(runs / scale) + zero, 0, top)
    return ((codes - zero) * scale).reshape(weight.shape), codes.reshape(weight.shape)


def salience(inputs, weights, group, alpha, duo):
    """s, computed in float64 and stored as float32."""
    mean_inputs = inputs.double().abs().mean(dim=0).float().double()
    if duo:
        stacked = torch.cat(weights)
        runs = stacked.reshape(-1, group).abs()
        relative = (runs / (runs.amax(dim=1, keepdim=True) + 1e-6)).reshape(stacked.shape)
        relative = relative.double().mean(dim=0).float().double()
        scales = (mean_inputs.pow(alpha) / (relative.pow(1 - alpha) + 1e-4)).clamp(min=1e-4)
    else:
        scales = mean_inputs.pow(alpha).clamp(min=1e-4)
    return (scales / (scales.max().sqrt() * scales.min().sqrt())).float()


def case(name, weight, inputs, bits, group, grid, duo):
    exact = inputs.double() @ weight.T.double()
    losses, all_scales = [], []
    for step in range(20):
        scales = salience(inputs, [weight], group, step / 20, duo)
        back = rounded(weight * scales, bits, group, grid)[0] / scales
        losses.append(float((exact - inputs.double() @ back.T.double()).pow(2).mean()))
        all_scales.append(scales)
    best = min(range(20), key=lambda step: losses[step])
    scales = all_scales[best]
    scaled = weight * scales
    smooth = inputs / scales
    shares = torch.ones(weight.shape[0], weight.shape[1] // group)
    for row in range(weight.shape[0]):
        for index in range(shares.shape[1]):
            part = slice(index * group, (index + 1) * group)
            run, seen = scaled[row, part], smooth[:, part]
            least = None
            for step in range(10):
                limit = run.abs().max() * (1 - step / 20)
                cut = rounded(run.clamp(-limit, limit)[None], bits, group, grid)[0][0]
                error = float((seen.double() @ (cut - run).double()).pow(2).mean())
                if least is None or error < least:
                    least, shares[row, index] = error, 1 - step / 20
    back, codes = rounded(scaled, bits, group, grid)
    return {
        "name": name, "bits": bits, "groupSize": group, "grid": grid, "duoScaling": duo,
        "weight": weight.tolist(), "inputs": inputs.tolist(), "losses": losses,
        "alpha": best / 20, "scales": scales.tolist(), "codes": codes.int().tolist(),
        "dequantized": (back / scales).tolist(), "clipShares": shares.tolist(),
    }


def main():
    generator = torch.Generator().manual_seed(23)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    uneven = normal(20, 32)
    uneven[:, 3] *= 20
    uneven[:, 14] *= 8
    few = normal(6, 32)
    few[:, 9] *= 15
    offset = normal(6, 32) * 0.1
    offset[2, :16] = offset[2, :16].abs() + 0.4  # a group on one side of zero
    cases = [
        case("3 bits, groups of 16", normal(6, 32) * 0.1, uneven, 3, 16, "asymmetric", False),
        case("duo scaling", normal(6, 32) * 0.1, uneven, 4, 16, "asymmetric", True),
        case("symmetric", normal(6, 32) * 0.1, uneven, 4, 32, "symmetric", False),
        case("fewer tokens than channels", normal(5, 32), few, 3, 8, "asymmetric", False),
        case("published grid, one-sided group", offset, uneven, 4, 16, "published", True),
    ]
    golden = {
        "framework": f"torch {torch.__version__}, own code from the equations",
        "tolerance": 2e-5,
        "reason": "scales, grids and codes are the same numbers; the losses are sums of float32 "
        "products here and of float64 ones there, some 32 roundings of 2^-24 a term",
        "cases": cases,
    }
    Path(__file__).with_name("awq.json").write_text(json.dumps(golden) + "\n")


main()
