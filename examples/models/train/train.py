# SPDX-License-Identifier: Apache-2.0
"""Trains the model on the processor, from checkpoint to checkpoint.

    python train.py RUN_FOLDER [--steps 8000] [--processes 2]

Started again with the same folder, it goes on where it was. RUN_FOLDER/log.jsonl holds the losses and,
on held-out conversations, the share whose answers all come out exactly as in the text.
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
WARM_UP = 100
DECAY = 0.45  # of all steps, at the end
CHECK_EVERY = 250


def make_optimizers(model):
    inner = [w for name, w in model.named_parameters() if w.dim() == 2 and "embed" not in name]
    rest = [w for name, w in model.named_parameters() if w.dim() != 2 or "embed" in name]
    return [Muon(inner, lr=0.02, weight_decay=0.02), torch.optim.AdamW(rest, lr=0.004, betas=(0.9, 0.98), weight_decay=0)]


def rate_at(step, steps):
    return min(1, (step + 1) / WARM_UP, max(0, (steps - step) / (DECAY * steps)))


def loss_of(model, ids, targets):
    with torch.autocast("cpu", torch.bfloat16):
        wanted = targets >= 0
        logits = model.head(model.hidden(ids)[wanted])
    return functional.cross_entropy(logits.float(), targets[wanted])


def share_exact(model, vocabulary, count=256):
    """By skill, on held-out conversations: with the text given, is each next token the likeliest?"""
    shares = {}
    assistant = vocabulary.encode("assistant").ids[0]
    for skill, module in corpus.SKILLS.items():
        words = Words(7, held_out=True)
        dialogues = [module.make(words) for _ in range(count)]
        encoded = sorted((vocabulary.encode(corpus.text_of(d)).ids for d in dialogues), key=len)
        right = 0
        for start in range(0, count, 32):
            some = encoded[start:start + 32]
            ids = torch.zeros(len(some), len(some[-1]), dtype=torch.long)
            targets = torch.full_like(ids, corpus.IGNORED)
            for row, line in enumerate(some):
                ids[row, :len(line)] = torch.tensor(line)
                targets[row, :len(line)] = torch.from_numpy(corpus.targets_of(line, assistant))
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                guesses = model(ids).argmax(-1)
            right += ((guesses == targets) | (targets < 0)).all(dim=1).sum().item()
        shares[skill] = round(right / count, 3)
    return shares


def all_batches(vocabulary, rank, processes, done):
    """Endless; every process draws from pools of its own, and `done` whole pools are passed over."""
    pool = done
    while True:
        for ids, targets in corpus.batches(vocabulary, 1000 + pool * processes + rank, TOKENS):
            yield pool, torch.from_numpy(ids), torch.from_numpy(targets)
        pool += 1


def train(rank, options):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if options.processes > 1:
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(options.port)}
        distributed.init_process_group("gloo", rank=rank, world_size=options.processes)
    run = pathlib.Path(options.run)
    vocabulary = Tokenizer.from_file(str(run / "tokenizer.json"))
    model = Llama(CONFIG)
    optimizers = make_optimizers(model)
    base_rates = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    step = pool = 0
    if (run / "checkpoint.pt").exists():
        saved = torch.load(run / "checkpoint.pt")
        model.load_state_dict(saved["model"])
        for optimizer, state in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
        step, pool = saved["step"], saved["pool"] + 1
    batches = all_batches(vocabulary, rank, options.processes, pool)
    losses = []
    while step < options.steps:
        begun = time.process_time()
        for optimizer, base in zip(optimizers, base_rates):
            optimizer.param_groups[0]["lr"] = base * rate_at(step, options.steps)
        pool, ids, targets = next(batches)
        loss = loss_of(model, ids, targets)
        loss.backward()
        if options.processes > 1:
            flat = torch.cat([w.grad.flatten() for w in model.parameters()])
            distributed.all_reduce(flat)
            flat /= options.processes
            for w, part in zip(model.parameters(), flat.split([w.numel() for w in model.parameters()])):
                w.grad.copy_(part.view_as(w))
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
        step += 1
        losses.append((loss.item(), time.process_time() - begun))
        if rank == 0 and (step % 25 == 0 or step == options.steps):
            mean, cost = (sum(values) / len(losses) for values in zip(*losses))
            losses = []
            entry = {"step": step, "loss": round(mean, 4), "cpu_seconds": round(cost, 3), "time": round(time.time())}
            if step % CHECK_EVERY == 0 or step == options.steps:
                entry["exact"] = share_exact(model, vocabulary)
                save(run, model, optimizers, step, pool)
            with open(run / "log.jsonl", "a") as log:
                log.write(json.dumps(entry) + "\n")


def save(run, model, optimizers, step, pool):
    states = [optimizer.state_dict() for optimizer in optimizers]
    new = run / "checkpoint.pt.new"
    torch.save({"model": model.state_dict(), "optimizers": states, "step": step, "pool": pool}, new)
    new.rename(run / "checkpoint.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--port", type=int, default=29411)
    options = parser.parse_args()
    path = pathlib.Path(options.run)
    path.mkdir(parents=True, exist_ok=True)
    if not (path / "tokenizer.json").exists():
        tokenizer.train(corpus.texts(seed=0, count=20000), CONFIG["vocab_size"]).save(str(path / "tokenizer.json"))
    if options.processes == 1:
        train(0, options)
    else:
        multiprocessing.spawn(train, (options,), nprocs=options.processes)
