# SPDX-License-Identifier: Apache-2.0
"""Greedy generation for many prompts at once, in f32, with a cache of keys and values.

greedy(model, [[1, 321, 198], [1, 17]], most=64)    # lists of new ids
"""

import torch

from model import attention
from tokenizer import END


class Cache:
    def __init__(self, model, config, rows, length):
        self.model = model
        shape = (
            config["num_hidden_layers"],
            2,
            rows,
            config["num_key_value_heads"],
            length,
            config["head_dim"],
        )
        self.kept = torch.zeros(shape)

    def step(self, ids, positions):
        """Logits after each of ids; both of shape [rows, length]. A key is seen from its position
        on, so that what padding leaves behind is overwritten before anything sees it."""
        model, rows = self.model, torch.arange(ids.shape[0])[:, None]
        future = torch.arange(self.kept.shape[4]) > positions[:, None, :, None]
        mask = torch.zeros(future.shape).masked_fill(future, float("-inf"))
        cosines, sines = model.cosines[positions][:, None], model.sines[positions][:, None]
        x = model.model["embed_tokens"](ids)
        for layer, (keys, values) in zip(model.model["layers"], self.kept, strict=True):
            q, k, v = layer.self_attn.project(layer.input_layernorm(x), cosines, sines)
            keys[rows, :, positions], values[rows, :, positions] = (
                k.transpose(1, 2),
                v.transpose(1, 2),
            )
            x = x + layer.self_attn.o_proj(attention(q, keys, values, mask))
            x = x + layer.mlp(layer.post_attention_layernorm(x))
        return model.head(model.model["norm"](x))


@torch.no_grad()
def greedy_batch(model, config, prompts, most, ignore_end):
    longest = max(map(len, prompts))
    cache = Cache(model, config, len(prompts), longest + most)
    ids = torch.tensor([[*prompt, *[0] * (longest - len(prompt))] for prompt in prompts])
    last = torch.tensor([len(prompt) - 1 for prompt in prompts])
    logits = cache.step(ids, torch.arange(longest).expand(len(prompts), -1))
    new = [logits[torch.arange(len(prompts)), last].argmax(-1)]
    while len(new) < most and (ignore_end or not torch.stack(new).eq(END).any(0).all()):
        last = last + 1
        new.append(cache.step(new[-1][:, None], last[:, None])[:, 0].argmax(-1))
    answers = torch.stack(new, dim=1).tolist()
    return [a[: a.index(END)] if END in a and not ignore_end else a for a in answers]


def greedy(model, config, prompts, most=128, ignore_end=False, batch=32):
    answers = [None] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    for start in range(0, len(order), batch):
        some = order[start : start + batch]
        made = greedy_batch(model, config, [prompts[index] for index in some], most, ignore_end)
        for index, answer in zip(some, made, strict=True):
            answers[index] = answer
    return answers
