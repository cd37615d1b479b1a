# SPDX-License-Identifier: Apache-2.0
"""The training text: conversations drawn from all skills, as batches of token ids.

Equal seeds give equal text, so a run can be taken up again at any pool.
"""

import numpy

import chat
from skills import extraction, lists, stories, talk, tools
from tokenizer import END, START
from words import Words

SKILLS = {
    "talk": talk,
    "stories": stories,
    "extraction": extraction,
    "tools": tools,
    "lists": lists,
}
WEIGHTS = {"talk": 3, "stories": 0.7, "extraction": 2, "tools": 4, "lists": 3}
SYSTEMS = ["You are Pebble.", "You are a helpful assistant.", "Be brief."]
LENGTHS = (40, 56, 72, 96, 128, 160, 208, 288, 400, 512)  # batches have one of these lengths
IGNORED = -100


def conversation(words):
    """Mostly one skill; sometimes several, one after another."""
    parts = words.random.choices((1, 2, 4, 7), (80, 15, 4, 1))[0]
    first, *others = words.random.choices(list(SKILLS), list(WEIGHTS.values()), k=parts)
    dialogue = SKILLS[first].make(words)
    for skill in others:
        other = SKILLS[skill].make(words)
        if other.messages[0]["role"] != "system" and not other.tools:
            dialogue.then(other)
    if words.chance(0.15) and dialogue.messages[0]["role"] != "system":
        dialogue.system(words.pick(SYSTEMS))
    return dialogue


def text_of(dialogue):
    return chat.render(dialogue.messages, dialogue.tools)


def texts(seed, count):
    words = Words(seed)
    return [text_of(conversation(words)) for _ in range(count)]


def targets_of(ids, assistant):
    """What is to be predicted at each place: the assistant's words and the end of its message."""
    targets = numpy.full(len(ids), IGNORED, dtype=numpy.int64)
    speaking = False
    for place in range(len(ids) - 1):
        if ids[place] == START:
            speaking = False
            mine = ids[place + 1] == assistant
            begins = place + 2  # the line break after the role
        if ids[place] == END:
            speaking = False
        if speaking or (ids[place] not in (START, END) and mine and place == begins):
            speaking = True
            targets[place] = ids[place + 1]
    return targets


def encode(tokenizer, texts):
    """Ids and targets of each text."""
    assistant = tokenizer.encode("assistant").ids[0]
    encoded = tokenizer.encode_batch(texts)
    return [(numpy.array(e.ids), targets_of(e.ids, assistant)) for e in encoded]


def batch(examples, length):
    """Arrays (ids, targets) of shape [examples, length], padded."""
    ids = numpy.zeros((len(examples), length), dtype=numpy.int64)
    targets = numpy.full_like(ids, IGNORED)
    for row, (some_ids, some_targets) in enumerate(examples):
        ids[row, : len(some_ids)] = some_ids
        targets[row, : len(some_ids)] = some_targets
    return ids, targets


def batches(tokenizer, seed, tokens, count=8192):
    """Batches of about so many tokens from `count` conversations, in random order."""
    examples = encode(tokenizer, texts(seed, count))
    made = []
    for least, length in zip((0, *LENGTHS), LENGTHS, strict=False):
        fitting = [example for example in examples if least < len(example[0]) <= length]
        rows = tokens // length
        for start in range(0, len(fitting) - rows + 1, rows):
            made.append(batch(fitting[start : start + rows], length))
    numpy.random.default_rng(seed).shuffle(made)
    return made
