"""A Llama in NumPy, as the paper and the GGUF format describe it: no framework, no cache, one sequence.

The tensors are those of a GGUF file by its names, decoded; the shapes are rows by columns, an input times the
transpose.
"""

import numpy as np


def rms_norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def rotated(x, base):
    """Rotary positions of [tokens, heads, size]. GGUF's rows of queries and keys are so ordered that 2i and 2i+1 turn."""
    tokens, _, size = x.shape
    angles = np.arange(tokens)[:, None] * base ** (-np.arange(0, size, 2) / size)
    cosine, sine = (f(angles).astype(x.dtype)[:, None] for f in (np.cos, np.sin))
    even, odd = x[..., 0::2], x[..., 1::2]
    return np.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1).reshape(x.shape)


def attention(x, block, config):
    tokens = len(x)
    heads, shared = config["num_attention_heads"], config["num_key_value_heads"]
    queries = rotated((x @ block("attn_q").T).reshape(tokens, heads, -1), config["rope_theta"])
    keys = rotated((x @ block("attn_k").T).reshape(tokens, shared, -1), config["rope_theta"])
    values = (x @ block("attn_v").T).reshape(tokens, shared, -1)
    # Query head h reads keys and values of head h / (heads / shared).
    keys, values = (np.repeat(part, heads // shared, 1) for part in (keys, values))
    scores = np.einsum("thd,shd->hts", queries, keys) / np.sqrt(queries.shape[-1]).astype(x.dtype)
    scores = np.where(np.tril(np.ones((tokens, tokens), bool)), scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("hts,shd->thd", weights, values).reshape(tokens, -1) @ block("attn_output").T


def feed_forward(x, block):
    gate = x @ block("ffn_gate").T
    return (gate / (1 + np.exp(-gate)) * (x @ block("ffn_up").T)) @ block("ffn_down").T


def logits(tensors, config, ids, dtype=np.float64):
    """Of every position: [tokens, vocabulary]."""
    tensors = {name: values.astype(dtype) for name, values in tensors.items()}
    epsilon = config["rms_norm_eps"]
    x = tensors["token_embd.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        def block(name):
            return tensors[f"blk.{layer}.{name}.weight"]

        x = x + attention(rms_norm(x, block("attn_norm"), epsilon), block, config)
        x = x + feed_forward(rms_norm(x, block("ffn_norm"), epsilon), block)
    head = tensors.get("output.weight", tensors["token_embd.weight"])  # tied where there is none
    return rms_norm(x, tensors["output_norm.weight"], epsilon) @ head.T
