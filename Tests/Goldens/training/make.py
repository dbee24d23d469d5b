"""Golden losses and gradients of tiny transformers and of quantization in the loop, and AdamW, from PyTorch.

    python3 make.py        # writes transformers.json, adamw.json and fine-tuning.json beside itself

Weights are a formula, so that no file holds them: element i of a tensor is a hash of the tensor's
name and i, a multiple of 2^-17 between -1/4 and 1/4 (a norm's gain has 1 added to half of it).
Everything runs in float64.
"""

import json
import pathlib

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM, OPTConfig, OPTForCausalLM

FOLDER = pathlib.Path(__file__).parent
VOCABULARY, HIDDEN, HEADS, INNER, LAYERS, CONTEXT = 19, 16, 4, 24, 2, 12
TOKENS = [[3, 1, 4, 1, 5, 9, 2, 6, 5], [18, 0, 17, 7, 7, 3, 11, 12, 13]]
TARGETS = [[1, 4, 1, 5, 9, 2, 6, 5, 3], [-1, 17, 7, 7, 3, -1, 12, 13, 18]]


def name_hash(name):
    """FNV-1a, 32 bits."""
    value = 2166136261
    for byte in name.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def formula(name, count):
    """The hashed numbers of a name, between -1/4 and 1/4."""
    seed = name_hash(name)
    values = []
    for i in range(count):
        h = (seed + i * 2654435761) & 0xFFFFFFFF
        h ^= h >> 15
        h = (h * 2246822519) & 0xFFFFFFFF
        h ^= h >> 13
        values.append(((h & 0xFFFF) - 32768) / 131072)
    return values


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = torch.tensor(formula(name, parameter.numel()), dtype=torch.float64)
            if parameter.dim() == 1 and name.endswith("norm.weight"):
                values = 1 + values / 2
            parameter.copy_(values.view_as(parameter))


def case(title, model):
    model = model.double().eval()
    fill(model)
    tokens, targets = torch.tensor(TOKENS), torch.tensor(TARGETS)
    logits = model(input_ids=tokens).logits
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, VOCABULARY), targets.reshape(-1), ignore_index=-1
    )
    loss.backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        gradient = parameter.grad.reshape(-1)
        direction = torch.tensor(formula(name + "/direction", gradient.numel()), dtype=torch.float64)
        gradients[name] = {
            "norm": gradient.norm().item(),
            "along": (gradient @ direction).item(),
            "first": gradient[:3].tolist(),
        }
    return {
        "title": title,
        "loss": loss.item(),
        "logits": logits[0, -1].tolist(),
        "gradients": gradients,
    }


def opt(activation):
    return OPTForCausalLM(
        OPTConfig(
            vocab_size=VOCABULARY, hidden_size=HIDDEN, num_hidden_layers=LAYERS, ffn_dim=INNER,
            num_attention_heads=HEADS, max_position_embeddings=CONTEXT, word_embed_proj_dim=HIDDEN,
            activation_function=activation, dropout=0.0, attention_dropout=0.0,
            do_layer_norm_before=True, attn_implementation="eager", pad_token_id=None,
        )
    )


def llama(tied, groups):
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=INNER,
            num_hidden_layers=LAYERS, num_attention_heads=HEADS, num_key_value_heads=groups,
            max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, tie_word_embeddings=tied,
            attn_implementation="eager", pad_token_id=None,
        )
    )


def adamw():
    weights = torch.tensor(formula("weights", 8), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW([weights], lr=0.01, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    steps = []
    for step in range(1, 7):
        # Larger than the limit in odd steps, smaller in even ones.
        scale = 8.0 if step % 2 else 0.5
        weights.grad = scale * torch.tensor(formula(f"gradient {step}", 8), dtype=torch.float64)
        norm = torch.nn.utils.clip_grad_norm_([weights], 1.0).item()
        optimizer.step()
        steps.append({"scale": scale, "norm": norm, "weights": weights.detach().tolist()})
    return steps


def numbers(name, *shape, factor=1.0):
    count = 1
    for size in shape:
        count *= size
    return (factor * torch.tensor(formula(name, count), dtype=torch.float64)).view(*shape)


def rounded_in_passing(values):
    """Rounds; slopes pass."""
    return values + (values.round() - values).detach()


def straight_through(is_masked):
    """Three bits, -4 to 3, groups of 8, the grid's end at half the largest magnitude."""
    weights = numbers("weights in the loop", 3, 8, factor=4).requires_grad_()
    scale = (0.5 * weights.abs().amax(dim=1, keepdim=True) / 3).detach()
    ratio = weights / scale
    if is_masked:
        codes = rounded_in_passing(ratio.clamp(-4, 3))
    else:
        codes = ratio + (ratio.round().clamp(-4, 3) - ratio).detach()
    used = codes * scale
    used.backward(numbers("slope in the loop", 3, 8))
    return {"used": used.detach().reshape(-1).tolist(), "slope": weights.grad.reshape(-1).tolist()}


def learned_step_size():
    """Three bits, groups of 8, from six tenths of the step the paper begins with, so that some clip."""
    below, above, count = 4, 3, 8
    weights = numbers("weights in the loop", 3, 8, factor=4).requires_grad_()
    first = 2 * weights.detach().abs().mean(dim=1, keepdim=True) / above**0.5
    steps = (0.6 * first).requires_grad_()
    factor = 1 / (count * above) ** 0.5
    scaled = steps * factor + (steps - steps * factor).detach()
    used = rounded_in_passing((weights / scaled).clamp(-below, above)) * scaled
    used.backward(numbers("slope in the loop", 3, 8))
    return {
        "first": first.reshape(-1).tolist(),
        "used": used.detach().reshape(-1).tolist(),
        "slope": weights.grad.reshape(-1).tolist(),
        "steps": steps.grad.reshape(-1).tolist(),
    }


def ternary():
    weights = numbers("weights in the loop", 24, factor=4)
    gamma = weights.abs().mean()
    return {"used": (gamma * (weights / (gamma + 1e-5)).round().clamp(-1, 1)).tolist()}


def low_rank():
    base = numbers("base", 6, 8)
    down = numbers("down", 2, 8).requires_grad_()
    up = numbers("up", 6, 2).requires_grad_()
    used = base + (4 / 2) * up @ down
    used.backward(numbers("slope of the adapted", 6, 8))
    return {
        "used": used.detach().reshape(-1).tolist(),
        "down": down.grad.reshape(-1).tolist(),
        "up": up.grad.reshape(-1).tolist(),
    }


def soft_targets(temperature):
    student = numbers("student", 7, factor=16).requires_grad_()
    teacher = numbers("teacher", 7, factor=16)
    loss = temperature**2 * torch.nn.functional.kl_div(
        (student / temperature).log_softmax(0), (teacher / temperature).log_softmax(0),
        reduction="sum", log_target=True,
    )
    loss.backward()
    return {"loss": [loss.item()], "slope": student.grad.tolist()}


def write(name, reason, tolerance, cases):
    framework = f"PyTorch {torch.__version__}, transformers {transformers.__version__}, float64"
    content = {"framework": framework, "script": "make.py", "tolerance": tolerance,
               "reason": reason, "cases": cases}
    (FOLDER / name).write_text(json.dumps(content, indent=1) + "\n")


write(
    "transformers.json",
    "relative to a tensor's gradient norm: some 24 products, one after the other, forward and back, "
    "of inner size up to 24, each off by at most inner size times 2^-24 of its terms: 3.4e-5",
    3.4e-5,
    [
        case("opt relu", opt("relu")),
        case("opt gelu", opt("gelu")),
        case("llama grouped untied", llama(False, 2)),
        case("llama tied", llama(True, 4)),
    ],
)
write(
    "adamw.json",
    "six steps of 0.01, each computed in float32 with about ten roundings of 2^-24 of a weight or step",
    2e-6,
    adamw(),
)
write(
    "fine-tuning.json",
    "numbers of size up to 4, each a handful of float32 operations of 2^-24 relative error",
    2e-6,
    [
        {"title": "masked", "values": straight_through(True)},
        {"title": "unmasked", "values": straight_through(False)},
        {"title": "learned step size", "values": learned_step_size()},
        {"title": "ternary", "values": ternary()},
        {"title": "low rank", "values": low_rank()},
        {"title": "soft targets at 1", "values": soft_targets(1.0)},
        {"title": "soft targets at 3", "values": soft_targets(3.0)},
    ],
)
