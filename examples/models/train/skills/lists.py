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


def items(words, sortable):
    """Short lists of letters, numbers or, where order does not matter, words."""
    kind = words.random.randrange(2 if sortable else 3)
    length = words.random.randint(3 if kind < 2 else 2, 4 if sortable else 5)
    if kind == 0:
        make = lambda: words.pick(LETTERS)
    elif kind == 1:
        make = lambda: str(words.random.randint(0, 99))
    else:
        make = words.thing
    # Single letters and small numbers are few: here the list as a whole is what is held out.
    return words.draw(lambda: words.distinct(length, make))


def order(item):
    return int(item) if item.isdigit() else item


def make(words):
    task = words.random.choices((COUNT, REVERSE, SORT, REPEAT), (2, 3, 5, 1))[0]
    values = items(words, sortable=task is SORT)
    if task is COUNT:
        answer = f"There are {COUNTS[len(values)]}."
    elif task is REVERSE:
        answer = ", ".join(values[::-1])
    elif task is SORT:
        answer = ", ".join(sorted(values, key=order))
    else:
        answer = ", ".join(values)
    return Dialogue().ask(words.pick(task).format(", ".join(values)), answer)
