# SPDX-License-Identifier: Apache-2.0
"""Conversations as text, by the model's own template, exactly as its users will render them."""

import json
import pathlib

import jinja2

TEMPLATE = (pathlib.Path(__file__).parent / "chat_template.jinja").read_text()
ENVIRONMENT = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
ENVIRONMENT.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
COMPILED = ENVIRONMENT.from_string(TEMPLATE)


def render(messages, tools=(), generate=False):
    return COMPILED.render(messages=messages, tools=tools, add_generation_prompt=generate)


def turns(dialogue):
    """The messages before each of the assistant's, with what its answer is checked against."""
    checks = iter(dialogue.checks)
    for index, message in enumerate(dialogue.messages):
        if message["role"] == "assistant":
            yield dialogue.messages[:index], next(checks)
