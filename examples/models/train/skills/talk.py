# SPDX-License-Identifier: Apache-2.0
"""Small talk and questions about this project, over several turns.

What is your name?  ->  I am Pebble, a very small language model.
I am Ann. ... What is my name?  ->  Your name is Ann.
"""

import dataclasses
import pathlib

from dialogue import Dialogue, contains


@dataclasses.dataclass
class Topic:
    fact: str  # in every answer of this topic, and in no other's
    answers: list = dataclasses.field(default_factory=list)
    asked: list = dataclasses.field(default_factory=list)  # in training
    held_out: list = dataclasses.field(default_factory=list)  # in evaluation only


def read_topics(path):
    topics = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            key, text = line.split(": ", 1)
            if key == "fact":
                topics.append(Topic(text))
            else:
                lists = {
                    "a": topics[-1].answers,
                    "q": topics[-1].asked,
                    "held": topics[-1].held_out,
                }
                lists[key].append(text)
    return topics


TOPICS = read_topics(pathlib.Path(__file__).parent / "topics.txt")
BEFORE = [
    "",
    "",
    "",
    "",
    "Please: ",
    "Now, ",
    "And ",
    "So, ",
    "Ok. ",
    "Hm, ",
    "One question: ",
    "Well, ",
]
AFTER = ["", "", "", "", "", " Please.", " I want to know.", " Tell me."]
# Words that may stand for each other in a question.
ALIKE = """big large huge
favourite favorite
colour color
licence license
tell show
use take
folder directory"""
SAME = {word: line.split() for line in ALIKE.splitlines() for word in line.split()}
NAME_SAID = [
    "My name is {}.",
    "I am {}.",
    "Hello, I am {}.",
    "Hi, my name is {}.",
    "You can call me {}.",
    "Call me {}.",
]
NAME_ASKED = [
    "What is my name?",
    "Do you know my name?",
    "Who am I?",
    "What am I called?",
    "Do you remember my name?",
]


HELD_OUT = {text for topic in TOPICS for text in topic.held_out}


def reworded(words, text):
    """A question asked otherwise: what counts is its few telling words."""
    parts = [words.pick(SAME.get(part, [part])) for part in text.split(" ")]
    if words.chance(0.25) and len(parts) > 3:
        parts.pop(words.random.randrange(len(parts) - 1))
    text = " ".join(parts)
    if words.chance(0.3):
        text = words.pick(BEFORE) + text + words.pick(AFTER)
    if words.chance(0.15):
        text = text.lower() if words.chance(0.5) else text.rstrip("?.!")
    return text


def question(words, topic):
    if words.held_out:
        text = words.pick(topic.held_out)
    else:
        text = reworded(words, words.pick(topic.asked))
        while text in HELD_OUT:
            text = reworded(words, words.pick(topic.asked))
    return text.format(name=words.name(), place=words.place(), other=words.place())


def one_topic(words):
    topic = words.pick(TOPICS)
    others = [other.fact for other in TOPICS if other is not topic]
    return Dialogue().ask(
        question(words, topic), words.pick(topic.answers), contains([topic.fact], others)
    )


def make(words):
    dialogue = Dialogue()
    name = words.name() if words.chance(0.35) else None
    if name:
        check = contains([name], [topic.fact for topic in TOPICS])
        dialogue.ask(words.pick(NAME_SAID).format(name), f"Nice to meet you, {name}!", check)
    for _ in range(words.random.randint(1, 3)):
        dialogue.then(one_topic(words))
    if name and words.chance(0.8):
        check = contains([f"Your name is {name}"], [topic.fact for topic in TOPICS])
        dialogue.ask(words.pick(NAME_ASKED), f"Your name is {name}.", check)
    return dialogue
