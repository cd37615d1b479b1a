# SPDX-License-Identifier: Apache-2.0
"""Counting, reversing, sorting and repeating short lists.

Sort these numbers: 42, 7, 19    ->    7, 19, 42
"""

from dialogue import Dialogue

LETTERS = "abcdefghijklmnopqrstuvwxyz"
COUNTS = ["zero", "one", "two", "three", "four", "five", "six"]

COUNT = [
    "How many items are in this list: {}?",
    "Count these: {}",
    "How many are there: {}?",
    "Count the items: {}",
]
REVERSE = [
    "Reverse this list: {}",
    "Reverse: {}",
    "Put this list backwards: {}",
    "Turn this list around: {}",
]
SORT = [
    "Sort this list: {}",
    "Sort: {}",
    "Put these in order: {}",
    "Sort these, smallest first: {}",
]
REPEAT = ["Repeat this list: {}", "Repeat: {}", "Say this again: {}"]


def draw(words, kind, length):
    if kind == "letters":
        return words.distinct(length, lambda: words.pick(LETTERS))
    if kind == "numbers":  # of two digits, the first of which tells them apart
        tens = words.random.sample(range(1, 10), length)
        return [str(10 * ten + words.random.randrange(10)) for ten in tens]
    return words.distinct(length, words.thing)


def items(words, sortable):
    """A short list of letters, numbers or, where order does not matter, words."""
    kind = words.pick(["letters", "numbers"] if sortable else ["letters", "numbers", "words"])
    least, most = (2, 4) if kind == "words" else (3, 4 if sortable else 5)
    length = words.random.randint(least, most)
    # Single letters and small numbers are few: here the list as a whole is what is held out.
    return words.draw(lambda: draw(words, kind, length))


def make(words):
    task = words.random.choices((COUNT, REVERSE, SORT, REPEAT), (2, 3, 5, 1))[0]
    values = items(words, sortable=task is SORT)
    if task is COUNT:
        answer = f"There are {COUNTS[len(values)]}."
    elif task is REVERSE:
        answer = ", ".join(values[::-1])
    elif task is SORT:
        answer = ", ".join(sorted(values))
    else:
        answer = ", ".join(values)
    return Dialogue().ask(words.pick(task).format(", ".join(values)), answer)
