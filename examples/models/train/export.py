# SPDX-License-Identifier: Apache-2.0
"""Writes a run's newest checkpoint as a Hugging Face model folder, its weights rounded to bf16.

python export.py RUN_FOLDER MODEL_FOLDER
"""

import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file

from chat import TEMPLATE
from model import CONFIG
from tokenizer import END, PAD, SPECIAL


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def export(run, folder):
    folder.mkdir(parents=True, exist_ok=True)
    weights = torch.load(run / "checkpoint.pt")["model"]
    rounded = {name: weight.to(torch.bfloat16).contiguous() for name, weight in weights.items()}
    save_file(rounded, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copy(run / "tokenizer.json", folder / "tokenizer.json")
    write_json(folder / "config.json", CONFIG)
    ends = {"eos_token_id": [END, PAD], "pad_token_id": PAD}
    write_json(folder / "generation_config.json", {"do_sample": False, **ends})
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": None,
            "eos_token": SPECIAL[END],
            "pad_token": SPECIAL[PAD],
            "clean_up_tokenization_spaces": False,
            "model_max_length": CONFIG["max_position_embeddings"],
            "chat_template": TEMPLATE,
        },
    )


if __name__ == "__main__":
    export(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
