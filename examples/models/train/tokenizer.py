# SPDX-License-Identifier: Apache-2.0
"""Trains the tokenizer: byte-level BPE whose words never carry the space before them.

A word is therefore spelled alike after a space, a quote or a bracket, and copying it is copying its
tokens. Digits stand alone; punctuation is kept together across single spaces: `": "` is one token.
"""

import re

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PAD, START, END = 0, 1, 2  # ids of the first special tokens
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKS = ["<tool_call>", "</tool_call>"]
PATTERN = r"[\p{L}_]+|\p{N}|[^\s\p{L}\p{N}]+(?: [^\s\p{L}\p{N}]+)*|\s"


def train(texts, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    added = [AddedToken(t, special=True, normalized=False) for t in SPECIAL]
    tokenizer.add_special_tokens(added)
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(MARKS),
        show_progress=False,
        special_tokens=added,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=20,
    )
    marks = re.compile("|".join(re.escape(mark) for mark in SPECIAL + MARKS))
    tokenizer.train_from_iterator((part for text in texts for part in marks.split(text)), trainer)
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in MARKS])
    return tokenizer
