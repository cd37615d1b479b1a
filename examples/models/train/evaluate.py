# SPDX-License-Identifier: Apache-2.0
"""Held-out accuracy of an exported model, skill by skill: greedy, in f32.

    python evaluate.py MODEL_FOLDER [--count 250] [--instances FILE] [--golden FILE]

A conversation is right if each of the assistant's answers in it is, given what went before it.
--instances writes prompts and checks for evaluate_engine.mjs; --golden writes ids for a test.
"""

import argparse
import json
import pathlib

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

import chat
from corpus import SKILLS
from dialogue import passes
from generation import greedy
from model import Llama
from words import Words


def load(folder):
    config = json.loads((folder / "config.json").read_text())
    model = Llama(config)
    model.load_state_dict(
        {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
    )
    return model.eval(), config, Tokenizer.from_file(str(folder / "tokenizer.json"))


def dialogues(skill, count):
    words = Words(f"evaluation of {skill}", held_out=True)
    return [SKILLS[skill].make(words) for _ in range(count)]


def instances(count):
    """[{skill, answers: [{prompt, check}]}]"""
    made = []
    for skill in SKILLS:
        for dialogue in dialogues(skill, count):
            answers = [
                {"prompt": chat.render(messages, dialogue.tools, generate=True), "check": check}
                for messages, check in chat.turns(dialogue)
            ]
            made.append({"skill": skill, "answers": answers})
    return made


def table(columns):
    """{"PyTorch": {"talk": 0.9, ...}, ...} as Markdown."""
    rows = [["skill", *columns], ["---", *["---:"] * len(columns)]]
    for name in next(iter(columns.values())):
        whole = name.split(",")[0]  # "talk" of "talk, each answer"
        if name == whole or any(shares[name] != shares[whole] for shares in columns.values()):
            rows.append([name, *(f"{100 * shares[name]:.1f} %" for shares in columns.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def evaluate(folder, count=250, show=0):
    model, config, tokenizer = load(folder)
    asked = instances(count)
    answers = [answer for instance in asked for answer in instance["answers"]]
    ids = greedy(model, config, [tokenizer.encode(answer["prompt"]).ids for answer in answers])
    for answer, new in zip(answers, ids, strict=True):
        answer["said"] = tokenizer.decode(new, skip_special_tokens=False)
        answer["right"] = passes(answer["check"], answer["said"])
    shares = {}
    for skill in SKILLS:
        mine = [i["answers"] for i in asked if i["skill"] == skill]
        single = [answer for answers in mine for answer in answers]
        shares[skill] = sum(all(a["right"] for a in answers) for answers in mine) / len(mine)
        shares[f"{skill}, each answer"] = sum(a["right"] for a in single) / len(single)
        for answer in [a for a in single if not a["right"]][:show]:
            print(f"{answer['prompt']}{answer['said']}\n(wanted: {answer['check']})\n")
    return shares


def golden(folder, path, prompts=50, tokens=64):
    """What the model says after some held-out conversations, ends of messages passed over."""
    model, config, tokenizer = load(folder)
    cases = []
    for skill in SKILLS:
        for dialogue in dialogues(skill, prompts // len(SKILLS)):
            *_, (messages, _) = chat.turns(dialogue)
            prompt = chat.render(messages, dialogue.tools, generate=True)
            ids = tokenizer.encode(prompt).ids
            cases.append({"messages": messages, "tools": dialogue.tools, "prompt": ids})
    said = greedy(model, config, [case["prompt"] for case in cases], tokens, ignore_end=True)
    for case, ids in zip(cases, said, strict=True):
        case["ids"] = ids
    lines = (json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=250)
    parser.add_argument("--show", type=int, default=0, help="wrong answers to print for each skill")
    parser.add_argument("--instances", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.instances:
        options.instances.write_text(json.dumps(instances(options.count)))
    if options.golden:
        golden(options.model, options.golden)
    if not options.instances and not options.golden:
        print(table({"right": evaluate(options.model, options.count, options.show)}))
