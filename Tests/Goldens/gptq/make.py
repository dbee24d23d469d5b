"""GPTQ from its equations (arXiv:2210.17323, algorithm 1) in PyTorch, the way one writes it first.

Makes cases.json for the tests, in float64; the peer of `nibble bench methods` is the same in
float32. Seeds are fixed; written with PyTorch 2.15.0.

    python3 make.py            # writes cases.json beside this file
"""
import json
import pathlib

import torch


def grid(columns, bits, symmetric):
    """Scale and zero point of each row: the range, zero included, over 2^b - 1 steps."""
    low = columns.amin(dim=1, keepdim=True).clamp(max=0)
    high = columns.amax(dim=1, keepdim=True).clamp(min=0)
    steps = 2**bits - 1
    if symmetric:
        high = torch.maximum(-low, high)
        scale = torch.where(high > 0, 2 * high / steps, torch.ones_like(high))
        return scale, torch.full_like(scale, 2 ** (bits - 1))
    scale = torch.where(high > low, (high - low) / steps, torch.ones_like(high))
    return scale, torch.round(-low / scale)


def gptq(weight, inputs, bits=4, group=128, block=128, symmetric=False, order=False, static=False,
         damping=0.01):
    """Quantized weight, its codes, and the loss.

    weight is [out, in], inputs are [tokens, in].
    """
    weight = weight.clone()
    size = weight.shape[1]
    hessian = 2 / len(inputs) * inputs.T @ inputs
    if order:
        permutation = torch.argsort(hessian.diagonal(), descending=True, stable=True)
    else:
        permutation = torch.arange(size)
    fixed = [grid(weight[:, at:at + group], bits, symmetric) for at in range(0, size, group)]
    weight = weight[:, permutation]
    hessian = hessian[permutation][:, permutation]
    hessian = hessian + damping * hessian.diagonal().mean() * torch.eye(size, dtype=weight.dtype)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(hessian))
    upper = torch.linalg.cholesky(inverse, upper=True)

    codes = torch.zeros(weight.shape, dtype=torch.int64)
    result = torch.zeros_like(weight)
    loss = 0.0
    for first in range(0, size, block):
        last = min(first + block, size)
        own = weight[:, first:last].clone()
        errors = torch.zeros_like(own)
        for j in range(last - first):
            if static:
                scale, zero = fixed[int(permutation[first + j]) // group]
            elif (first + j) % group == 0:
                rest = weight[:, first + j:first + j + group].clone()
                inside = min(group, last - first - j)
                rest[:, :inside] = own[:, j:j + inside]  # as they are now
                end = first + j + rest.shape[1]
                rest[:, inside:] -= errors[:, :j] @ upper[first:first + j, first + j + inside:end]
                scale, zero = grid(rest, bits, symmetric)
            column = own[:, j:j + 1]
            code = torch.clamp(torch.round(column / scale) + zero, 0, 2**bits - 1)
            value = scale * (code - zero)
            pivot = upper[first + j, first + j]
            error = (column - value) / pivot
            own[:, j:] -= error * upper[first + j, first + j:last]
            errors[:, j:j + 1] = error
            codes[:, first + j] = code[:, 0].to(torch.int64)
            result[:, first + j] = value[:, 0]
            loss += float((error**2).sum()) / 2
        weight[:, last:] -= errors @ upper[first:last, last:]
    undo = torch.argsort(permutation)
    return result[:, undo], codes[:, undo], loss


def correlated(tokens, size, seed):
    """Inputs whose channels depend on each other, every seventh four times as loud."""
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(tokens, size, generator=generator, dtype=torch.float64)
    mix = torch.randn(size, size, generator=generator, dtype=torch.float64)
    loud = torch.where(torch.arange(size) % 7 == 3, 4.0, 1.0).to(torch.float64)
    inputs = (raw + 0.6 * raw @ mix / size**0.5) * loud
    return inputs.to(torch.float32).to(torch.float64)  # what the test reads, exactly


def case(name, rows, size, tokens, seed, **options):
    generator = torch.Generator().manual_seed(seed + 1000)
    weight = 0.05 * torch.randn(rows, size, generator=generator, dtype=torch.float64)
    weight = weight.to(torch.float32).to(torch.float64)
    inputs = correlated(tokens, size, seed)
    result, codes, loss = gptq(weight, inputs, **options)
    error = float(((weight - result) @ inputs.T).pow(2).sum())
    single, singles, _ = gptq(weight.float(), inputs.float(), **options)
    return {
        "name": name, "rows": rows, "columns": size, "tokens": tokens, "options": options,
        "weight": [round(x, 9) for x in weight.flatten().tolist()],
        "inputs": [round(x, 7) for x in inputs.flatten().tolist()],
        "codes": codes.flatten().tolist(), "loss": loss, "error": error,
        "rowsEqualInSinglePrecision": int((singles == codes).all(dim=1).sum()),
    }


def main():
    cases = [
        case("row grid", 12, 24, 60, 1, bits=4, group=24, block=8),
        case("groups of 8", 12, 32, 60, 2, bits=3, group=8, block=16),
        case("group above block", 12, 48, 90, 3, bits=4, group=24, block=16),
        case("symmetric", 12, 32, 60, 4, bits=4, group=16, block=16, symmetric=True),
        case("act-order", 12, 32, 60, 5, bits=3, group=8, block=32, order=True),
        case("static groups", 12, 32, 60, 6, bits=3, group=8, block=32, order=True, static=True),
        case("fewer tokens than channels", 12, 32, 20, 7, bits=4, group=32, block=32),
        case("two bits, heavy damping", 12, 32, 60, 8, bits=2, group=32, block=32, damping=0.1),
    ]
    golden = {
        "framework": f"PyTorch {torch.__version__.split('+')[0]}, float64, make.py beside this file",
        "tolerance": 0.02,
        "reason": "one rounding tie may send a row of single precision another way: at least 11 of "
                  "12 rows are equal, and a row that differs moves E by a few percent of its share",
        "cases": cases,
    }
    path = pathlib.Path(__file__).with_name("cases.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
