# SPDX-License-Identifier: Apache-2.0
"""Calling the right one of a few tools, telling its result, or answering without a tool.

    tool get_weather(city: string): get the weather      What is the weather in Oslo?
->  <tool_call>{"name": "get_weather", "arguments": {"city": "Oslo"}}</tool_call>
    {"weather": "mild"}
->  The weather in Oslo is mild.
"""

from dialogue import Dialogue
from skills import talk

GET = [
    "What is the {noun}{where}?",
    "How is the {noun}{where}?",
    "Give me the {noun}{where}.",
    "Show me the {noun}{where}.",
    "Tell me the {noun}{where}.",
    "I need the {noun}{where}.",
    "Get the {noun}{where}.",
]
ORDER = [
    "{Verb} the {noun}{where}.",
    "Please {verb} the {noun}{where}.",
    "Can you {verb} the {noun}{where}?",
]
FINDERS = "find check read".split()  # whose results are values, as of "get"
ACTORS = "set send start stop open close order book move clean".split()
NO_TOOL = "I have no tool for that."
DESCRIPTIONS = ["{verb} the {noun}", "{Verb} the {noun}", "{Verb} the {noun}.", "The {noun}", ""]
SYSTEMS = ["You are a helpful assistant.", "You have tools.", "Use a tool where one fits."]

# (parameter, type, how people say it, values)
PARAMETERS = [
    ("city", "string", "in {}", lambda w: w.place()),
    ("place", "string", "at {}", lambda w: w.place()),
    ("person", "string", "of {}", lambda w: w.name()),
    ("user", "string", "for {}", lambda w: w.name()),
    ("days", "integer", "for {} days", lambda w: w.number(2, 60)),
    ("room", "integer", "in room {}", lambda w: w.number(1, 400)),
    ("hour", "integer", "at {}", lambda w: w.number(1, 24)),
    ("count", "integer", "{} times", lambda w: w.number(2, 60)),
    ("color", "string", "in the color {}", lambda w: w.thing()),
]


def parameters(words):
    """At most two parameters, some of which nobody has heard of."""
    chosen = words.random.sample(PARAMETERS, words.random.choice((0, 1, 1, 1, 1, 2, 2, 2)))
    if chosen and words.chance(0.15):
        name = words.thing()
        value = (lambda w: w.number(1, 999)) if words.chance(0.5) else (lambda w: w.thing())
        chosen[-1] = (
            name,
            "integer" if isinstance(value(words), int) else "string",
            f"with {name} {{}}",
            value,
        )
    return chosen


class Tool:
    def __init__(self, words, noun):
        self.noun = noun
        self.acts = words.chance(0.35)
        self.verb = words.pick(ACTORS if self.acts else ["get", "get", words.pick(FINDERS)])
        self.name = f"{self.verb}_{noun}"
        self.parameters = parameters(words)
        self.description = words.pick(DESCRIPTIONS).format(
            verb=self.verb, Verb=self.verb.capitalize(), noun=noun
        )

    def schema(self):
        properties = {name: {"type": kind} for name, kind, _, _ in self.parameters}
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": {
                    "type": "object",
                    "properties": properties,
                    "required": list(properties),
                },
            },
        }


def some_tools(words):
    count = words.random.randint(1, 3)
    tools = []
    while len(tools) < count:
        tool = Tool(words, words.thing())
        if words.belongs(tool.name) and tool.noun not in [other.noun for other in tools]:
            tools.append(tool)
    return tools


def request(words, tool):
    """What the user says, with the arguments that it means and the words that say them."""
    arguments = {}
    said = []
    for name, _, phrase, value in tool.parameters:
        while (argument := value(words)) in arguments.values():
            pass
        arguments[name] = argument
        said.append(phrase.format(argument))
    where = "".join(" " + phrase for phrase in said)
    question = words.pick(GET if tool.verb == "get" else ORDER)
    text = question.format(noun=tool.noun, verb=tool.verb, Verb=tool.verb.capitalize(), where=where)
    return text, arguments, where


def tell_result(words, dialogue, tool, where):
    if tool.acts:
        return dialogue.result({"done": True}).reply(f"I did {tool.verb} the {tool.noun}{where}.")
    value = words.number(1, 999) if words.chance(0.5) else words.thing()
    return dialogue.result({tool.noun: value}).reply(f"The {tool.noun}{where} is {value}.")


def make(words):
    tools = some_tools(words)
    tool = words.pick(tools)
    text, arguments, where = request(words, tool)
    dialogue = Dialogue(tools=[tool.schema() for tool in tools])
    kind = words.pick(["call", "call", "call", "told", "told", "told", "talk", "none"])
    if kind in ("call", "told"):
        dialogue.messages.append({"role": "user", "content": text})
        dialogue.call(tool.name, arguments)
        if kind == "told":
            tell_result(words, dialogue, tool, where)
    elif kind == "talk":
        dialogue.then(talk.one_topic(words))
    else:
        dialogue.tools = []
        dialogue.ask(text, NO_TOOL)
    if words.chance(0.3):
        dialogue.system(words.pick(SYSTEMS))
    return dialogue
