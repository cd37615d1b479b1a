# SPDX-License-Identifier: Apache-2.0
"""Makes models/: tiny random models, one of each architecture, and what Hugging Face computes with
them. For developers; what it wrote is in the repository.

    python3 -m venv build/oracle
    build/oracle/bin/pip install -r tests/oracle/requirements.txt
    build/oracle/bin/python tests/oracle/make_models.py

golden-greedy.json holds a prompt, the logits after it, and the ids that follow when the likeliest
is always taken. Weights are stored as bfloat16 and computed with in float32. A random model rarely
has two logits alike; `min_top1_margin` says how far apart the two best ever were.
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, Qwen2Config

FOLDER = Path(__file__).parent / "models"
PROMPT = [1, 17, 42, 5, 88]
GREEDY_IDS = 24

# Smaller than anything real, but with two layers, two heads that share keys, and more than one group
# of 32 weights in a row. head_dim is 32, as fast kernels want it.
SIZES = {
    "vocab_size": 128,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

# With a seed that makes a model whose ids vary, by margins beyond rounding.
MODELS = {
    "tiny-random-qwen2": (Qwen2Config(**SIZES, tie_word_embeddings=True), 0),
}


def fill(model, seed):
    """Random weights of a size that lets every one of them matter, biases and norms included."""
    generator = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        if name.endswith("norm.weight"):
            noise = 1 + 0.2 * noise
        elif name.endswith("bias"):
            noise = 0.3 * noise
        else:
            noise = noise * weight.shape[1] ** -0.5
        weight.data = noise.to(torch.bfloat16)


@torch.no_grad()
def golden(model, name):
    ids, margins, prompt_logits = list(PROMPT), [], None
    for _ in range(GREEDY_IDS):
        logits = model(torch.tensor([ids])).logits[0, -1]
        prompt_logits = logits if prompt_logits is None else prompt_logits
        best = logits.topk(2)
        margins.append(float(best.values[0] - best.values[1]))
        ids.append(int(best.indices[0]))
    return {
        "model": name,
        "prompt_ids": PROMPT,
        "greedy_ids": ids[len(PROMPT) :],
        "min_top1_margin": min(margins),
        "last_prompt_logits": [round(float(logit), 6) for logit in prompt_logits],
    }


def make(name, config, seed):
    model = AutoModelForCausalLM.from_config(config)
    fill(model, seed)
    model.save_pretrained(FOLDER / name)
    (FOLDER / name / "generation_config.json").unlink(missing_ok=True)
    # Read again: a model that was made in bfloat16 has its rotary frequencies rounded, too.
    model = AutoModelForCausalLM.from_pretrained(
        FOLDER / name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    text = json.dumps(golden(model, name), indent=1)
    (FOLDER / name / "golden-greedy.json").write_text(text + "\n")


for name, (config, seed) in MODELS.items():
    make(name, config, seed)
    print(name)
