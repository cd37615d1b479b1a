# SPDX-License-Identifier: Apache-2.0
"""Trains the model on the processor, from checkpoint to checkpoint.

    python train.py RUN_FOLDER [--steps 3000] [--processes 2]

Started again with the same folder, it goes on where it was. RUN_FOLDER/log.jsonl holds the losses
and, now and then, the share of held-out conversations in which every token of every answer is the
likeliest: for extraction, tools and lists that is the accuracy, for the others a lower bound.
"""

import argparse
import json
import os
import pathlib
import time

import torch
from tokenizers import Tokenizer
from torch import distributed, multiprocessing
from torch.nn import functional

import corpus
import tokenizer
from model import CONFIG, Llama
from muon import Muon
from words import Words

TOKENS = 4096  # in the batch of one process
WARM_UP = 100  # steps
DECAY = 0.65  # of all steps, at the end
LOG_EVERY = 25
CHECK_EVERY = 250


def make_optimizers(model):
    inner = [w for name, w in model.named_parameters() if w.dim() == 2 and "embed" not in name]
    rest = [w for name, w in model.named_parameters() if w.dim() != 2 or "embed" in name]
    return [
        Muon(inner, lr=0.02, weight_decay=0.02),
        torch.optim.AdamW(rest, lr=0.004, betas=(0.9, 0.98), weight_decay=0),
    ]


def rate_at(step, steps):
    """What part of its learning rate a step has: up, level, down to nothing."""
    return min(1, (step + 1) / WARM_UP, max(0, (steps - step) / (DECAY * steps)))


def loss_of(model, ids, targets):
    with torch.autocast("cpu", torch.bfloat16):
        wanted = targets >= 0
        logits = model.head(model.hidden(ids)[wanted])
    return functional.cross_entropy(logits.float(), targets[wanted])


def average_gradients(model, processes):
    if processes == 1:
        return
    gradients = [weight.grad for weight in model.parameters()]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    parts = (flat / processes).split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def share_exact(model, vocabulary, count=256, rows=32):
    shares = {}
    for skill, module in corpus.SKILLS.items():
        words = Words(7, held_out=True)
        texts = [corpus.text_of(module.make(words)) for _ in range(count)]
        examples = sorted(corpus.encode(vocabulary, texts), key=lambda example: len(example[0]))
        right = 0
        for start in range(0, count, rows):
            some = examples[start : start + rows]
            ids, targets = map(torch.from_numpy, corpus.batch(some, len(some[-1][0])))
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                guesses = model(ids).argmax(-1)
            right += ((guesses == targets) | (targets < 0)).all(dim=1).sum().item()
        shares[skill] = round(right / count, 3)
    return shares


class Run:
    """A model in training, and its folder."""

    def __init__(self, folder, steps):
        self.folder, self.steps = folder, steps
        self.vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = Llama(CONFIG)
        self.optimizers = make_optimizers(self.model)
        self.rates = [optimizer.param_groups[0]["lr"] for optimizer in self.optimizers]
        self.step = self.pools = 0
        self.losses = []
        if (folder / "checkpoint.pt").exists():
            self.resume(torch.load(folder / "checkpoint.pt"))

    def resume(self, saved):
        self.model.load_state_dict(saved["model"])
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.pools = saved["step"], saved["pool"] + 1

    def save(self):
        saved = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "pool": self.pools,
        }
        torch.save(saved, self.folder / "checkpoint.new")
        (self.folder / "checkpoint.new").rename(self.folder / "checkpoint.pt")

    def batches(self, rank, processes):
        """Endless; each process draws from pools of its own."""
        while True:
            seed = 1000 + self.pools * processes + rank
            for ids, targets in corpus.batches(self.vocabulary, seed, TOKENS):
                yield torch.from_numpy(ids), torch.from_numpy(targets)
            self.pools += 1

    def update(self, ids, targets, processes):
        loss = loss_of(self.model, ids, targets)
        loss.backward()
        average_gradients(self.model, processes)
        for optimizer, rate in zip(self.optimizers, self.rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * rate_at(self.step, self.steps)
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
        self.step += 1
        self.losses.append(loss.item())

    def report(self):
        """Appends to the log, and keeps a checkpoint, where it is time to."""
        last = self.step == self.steps
        if not last and self.step % LOG_EVERY:
            return
        mean = sum(self.losses) / len(self.losses)
        entry = {"step": self.step, "loss": round(mean, 4), "time": round(time.time())}
        self.losses = []
        if last or self.step % CHECK_EVERY == 0:
            entry["exact"] = share_exact(self.model, self.vocabulary)
            self.save()
        with open(self.folder / "log.jsonl", "a") as log:
            log.write(json.dumps(entry) + "\n")


def train(rank, folder, steps, processes, port):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if processes > 1:
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        distributed.init_process_group("gloo", rank=rank, world_size=processes)
    run = Run(folder, steps)
    batches = run.batches(rank, processes)
    while run.step < steps:
        run.update(*next(batches), processes)
        if rank == 0:
            run.report()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--port", type=int, default=29411, help="by which the processes meet")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not (options.folder / "tokenizer.json").exists():
        trained = tokenizer.train(corpus.texts(seed=0, count=20000), CONFIG["vocab_size"])
        trained.save(str(options.folder / "tokenizer.json"))
    arguments = (options.folder, options.steps, options.processes, options.port)
    multiprocessing.spawn(train, arguments, nprocs=options.processes)
