# SPDX-License-Identifier: Apache-2.0
"""From a sentence to JSON of a given schema.

    Ann is 31 and lives in Oslo.
    {"type":"object","properties":{"city":{"type":"string"},"age":{"type":"integer"}}}
->  {"city": "Oslo", "age": 31}
"""

import json

from dialogue import Dialogue
from words import with_articles

FIELDS = {
    "name": ("string", lambda w: w.name()),
    "age": ("integer", lambda w: w.number(2, 99)),
    "city": ("string", lambda w: w.place()),
    "job": ("string", lambda w: w.job()),
    "friend": ("string", lambda w: w.name()),
    "item": ("string", lambda w: w.thing()),
    "count": ("integer", lambda w: w.number(2, 40)),
    "price": ("integer", lambda w: w.number(2, 999)),
    "shop": ("string", lambda w: w.name()),
    "title": ("string", lambda w: w.thing()),
    "hour": ("integer", lambda w: w.number(1, 24)),
    "room": ("integer", lambda w: w.number(1, 400)),
    "from": ("string", lambda w: w.place()),
    "to": ("string", lambda w: w.place()),
    "pet": ("string", lambda w: w.thing()),
}
SENTENCES = """{name} is {age} and lives in {city}.
{name} lives in {city} and is {age} years old.
{name} is a {job} in {city}.
{name}, {age}, works as a {job}.
{name} from {city} is a {job} and is {age} years old.
My friend {friend} lives in {city}.
{name} works as a {job} and has a {pet}.
{name} has a {pet} and lives in {city}.
{name} and {friend} live in {city}.
{name} is {age} and has a friend called {friend}.
{name} ordered {count} of the {item} for {price} euros.
{name} bought a {item} for {price} euros.
{shop} sells a {item} for {price} euros.
The {item} costs {price} euros at {shop}.
{count} of the {item} were sent to {name} in {city}.
The {title} starts at {hour} in room {room}.
The {title} is in {city} at {hour}.
{name} has a {title} at {hour} in room {room}.
{name} is in room {room} with {friend}.
{name} travels from {from} to {to}.
The train from {from} to {to} leaves at {hour}.
A ticket from {from} to {to} costs {price} euros.
{name} goes from {from} to {to} for {price} euros.""".splitlines()
IN_USER = [
    "{text}\n{schema}",
    "{schema}\n{text}",
    "Extract JSON: {text}\n{schema}",
    "Fill this schema: {schema}\n{text}",
    "{text}\nAnswer with JSON: {schema}",
]
IN_SYSTEM = ["Answer with JSON: {schema}", "Extract JSON: {schema}"]


def schema_of(words, fields):
    schema = {
        "type": "object",
        "properties": {field: {"type": FIELDS[field][0]} for field in fields},
    }
    if words.chance(0.3):
        schema["required"] = fields
    return json.dumps(schema, separators=(", ", ": ") if words.chance(0.3) else (",", ":"))


def make(words):
    sentence = words.pick(SENTENCES)
    present = [field for field in FIELDS if "{" + field + "}" in sentence]
    values = {}
    while len(set(values.values())) < len(present):  # no two alike: which is which must be read
        values = {field: FIELDS[field][1](words) for field in present}
    wanted = words.random.sample(present, words.random.randint(min(2, len(present)), len(present)))
    text = with_articles(sentence.format(**values))
    schema = schema_of(words, wanted)
    answer = json.dumps({field: values[field] for field in wanted})
    if words.chance(0.3):
        return Dialogue().ask(text, answer).system(words.pick(IN_SYSTEM).format(schema=schema))
    return Dialogue().ask(words.pick(IN_USER).format(text=text, schema=schema), answer)
