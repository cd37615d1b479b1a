# SPDX-License-Identifier: Apache-2.0
"""The Llama architecture in PyTorch, with the names and meaning of Hugging Face's LlamaForCausalLM.

Llama(CONFIG)(ids)    # logits of shape [rows, length, vocabulary]
"""

import torch
from torch import nn
from torch.nn import functional

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 192,
    "intermediate_size": 512,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 1024,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": True,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "torch_dtype": "bfloat16",
}


def rotations(config):
    """Cosines and sines of shape [positions, head_dim / 2]."""
    half = torch.arange(0, config["head_dim"], 2, dtype=torch.float64) / config["head_dim"]
    positions = torch.arange(config["max_position_embeddings"], dtype=torch.float64)
    angles = torch.outer(positions, config["rope_theta"] ** -half)
    return angles.cos().float(), angles.sin().float()


def rotate(x, cosines, sines):
    first, second = x.chunk(2, dim=-1)
    return torch.cat(
        (first * cosines - second * sines, second * cosines + first * sines), dim=-1
    ).to(x.dtype)


def attention(q, k, v, mask):
    """Neighbouring heads of q share one of k and v. mask: [queries, keys], or one for each row.
    For short texts on the CPU, this takes a quarter of the time of PyTorch's fused attention."""
    rows, heads, length, size = q.shape
    pairs = rows * k.shape[1]
    keys, values = (x.reshape(pairs, -1, size) for x in (k, v))
    with torch.autocast("cpu", enabled=False):  # which would widen the softmax
        scores = (q.reshape(pairs, -1, size) * size**-0.5) @ keys.transpose(1, 2)
        weights = (scores.view(rows, heads, length, -1) + mask).softmax(dim=-1)
        mixed = weights.view(pairs, -1, keys.shape[1]) @ values
    return mixed.view(rows, heads, length, size).transpose(1, 2).reshape(rows, length, -1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, self.head_dim = config["hidden_size"], config["head_dim"]
        width = config["num_attention_heads"] * self.head_dim
        kv_width = config["num_key_value_heads"] * self.head_dim
        self.q_proj = nn.Linear(hidden, width, bias=False)
        self.k_proj = nn.Linear(hidden, kv_width, bias=False)
        self.v_proj = nn.Linear(hidden, kv_width, bias=False)
        self.o_proj = nn.Linear(width, hidden, bias=False)

    def project(self, x, cosines, sines):
        """q, k and v of shape [rows, heads, length, head_dim]."""
        split = lambda y: y.view(*x.shape[:2], -1, self.head_dim).transpose(1, 2)
        q, k = (
            rotate(split(projected), cosines, sines)
            for projected in (self.q_proj(x), self.k_proj(x))
        )
        return q, k, split(self.v_proj(x))

    def forward(self, x, cosines, sines):
        q, k, v = self.project(x, cosines, sines)
        future = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=q.dtype).triu(1)
        return self.o_proj(attention(q, k, v, future))


class Mlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        self.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.up_proj = nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x):
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        norm = lambda: nn.RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        self.input_layernorm, self.post_attention_layernorm = norm(), norm()
        self.self_attn, self.mlp = Attention(config), Mlp(config)

    def forward(self, x, cosines, sines):
        x = x + self.self_attn(self.input_layernorm(x), cosines, sines)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.model = nn.ModuleDict(
            {
                "embed_tokens": nn.Embedding(config["vocab_size"], config["hidden_size"]),
                "layers": nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"])),
                "norm": nn.RMSNorm(config["hidden_size"], config["rms_norm_eps"]),
            }
        )
        cosines, sines = rotations(config)
        self.register_buffer("cosines", cosines, persistent=False)
        self.register_buffer("sines", sines, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                last = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(
                    weight, std=0.02 / (2 * config["num_hidden_layers"]) ** 0.5 if last else 0.02
                )

    def hidden(self, ids):
        """What the head reads, of shape [rows, length, hidden_size]."""
        length = ids.shape[1]
        x = self.model["embed_tokens"](ids)
        for layer in self.model["layers"]:
            x = layer(x, self.cosines[:length], self.sines[:length])
        return self.model["norm"](x)

    def head(self, x):
        return functional.linear(x, self.model["embed_tokens"].weight)

    def forward(self, ids):
        return self.head(self.hidden(ids))
