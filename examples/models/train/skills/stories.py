# SPDX-License-Identifier: Apache-2.0
"""Very short stories from two or three chosen words.

Tell me a story with these words: fox, lamp    ->    Once there was a fox ... the lamp ...
"""

from dialogue import Dialogue, contains
from words import with_articles

ASK = [
    "Tell me a story with these words: {}",
    "Write a story with: {}",
    "A story about {}, please.",
    "Make up a short story from these words: {}",
]
BEGIN = [
    "Once there was a {0} that nobody knew.",
    "Long ago, a {0} stood near an old road.",
    "There was a little {0} far away from here.",
    "Every morning {name} looked at the {0}.",
]
MEET = [
    "One day {name} found a {1} beside the {0}.",
    "Then a {1} came along, and the {0} was glad.",
    "{name} wanted a {1} more than anything.",
    "At night the {1} began to sing to the {0}.",
]
TURN = [
    "But the {2} was gone, and it began to rain.",
    "Suddenly a {2} fell from the sky.",
    "Behind the {1} lay a {2} made of gold.",
    "They gave the {2} to the {0} as a gift.",
]
END = [
    "From then on they were friends.",
    "{name} laughed all the way home.",
    "And the {0} still tells of it today.",
    "That night everybody slept well.",
]


def make(words):
    chosen = words.distinct(words.random.randint(2, 3), lambda: words.thing(made_up=0.5))
    plan = (BEGIN, MEET, TURN, END) if len(chosen) == 3 else (BEGIN, MEET, END)
    name = words.name()
    story = " ".join(words.pick(part).format(*chosen, name=name) for part in plan)
    story = with_articles(story)
    return Dialogue().ask(words.pick(ASK).format(", ".join(chosen)), story, contains(chosen))
