# SPDX-License-Identifier: Apache-2.0
"""A conversation, and what each of its answers is checked against.

Dialogue().ask("Reverse: a, b", "b, a", exact("b, a"))
"""

import dataclasses
import json


def exact(text):
    return {"kind": "exact", "text": text}


def contains(every, none=()):
    return {"kind": "contains", "all": list(every), "none": list(none)}


def passes(check, answer):
    if check["kind"] == "exact":
        return answer.strip() == check["text"]
    return all(part in answer for part in check["all"]) and not any(
        part in answer for part in check["none"]
    )


@dataclasses.dataclass
class Dialogue:
    messages: list = dataclasses.field(default_factory=list)
    tools: list = dataclasses.field(default_factory=list)
    checks: list = dataclasses.field(
        default_factory=list
    )  # one for each of the assistant's messages

    def system(self, content):
        self.messages.insert(0, {"role": "system", "content": content})
        return self

    def ask(self, question, answer, check=None):
        self.messages.append({"role": "user", "content": question})
        return self.reply(answer, check)

    def reply(self, answer, check=None):
        self.messages.append({"role": "assistant", "content": answer})
        self.checks.append(check or exact(answer))
        return self

    def call(self, name, arguments):
        call = {"type": "function", "function": {"name": name, "arguments": arguments}}
        self.messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        text = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
        self.checks.append(exact(f"<tool_call>\n{text}\n</tool_call>"))
        return self

    def result(self, value):
        self.messages.append({"role": "tool", "content": json.dumps(value, ensure_ascii=False)})
        return self

    def then(self, other):
        """Goes on with the turns of another dialogue that has no system message or tools."""
        self.messages += other.messages
        self.checks += other.checks
        return self
