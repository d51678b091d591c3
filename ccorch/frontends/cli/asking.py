"""From a verb and the words behind it to its request."""

from collections.abc import Callable, Sequence

from ccorch.errors import ArgumentInvalid
from ccorch.frontends.cli.arguments import Flag, Words, flags, placed, read, request
from ccorch.frontends.cli.command import Command
from ccorch.operations.registry import Verb
from ccorch.operations.task_text import told
from ccorch.schema.base import Value

FOLLOW = Flag("follow", "switch", default=False)

LOG = Flag("log", "switch", default=False)

STREAM = Flag("stream", "switch", default=False)
HOLD = Flag("hold", "switch", default=False)

OWN = {"show": (LOG, STREAM, FOLLOW, HOLD)}
"""Flags that concern the terminal alone, by verb."""


def known(verb: Verb) -> tuple[Flag, ...]:
    """Everything a verb takes: the fields of its request, and the terminal's own flags."""
    return (*flags(verb.request), *OWN.get(verb.name, ()))


def spelled(verb: Verb) -> tuple[Flag, ...]:
    """What of it is written with dashes; lists of loose words are not."""
    return tuple(flag for flag in known(verb) if flag.field not in verb.positional or flag.kind != "many")


def asked(found: Command, stdin: Callable[[int], bytes]) -> tuple[Value, frozenset[str]]:
    """The request, and which of the terminal's own flags are set."""
    assert found.verb is not None
    try:
        return _asked(found.verb, found.words, stdin)
    except ArgumentInvalid as problem:
        if problem.hint == problem.default_hint:
            problem.hint = f"see `ccorch {found.verb.name} --help`"
        raise


def _asked(verb: Verb, words: Sequence[str], stdin: Callable[[int], bytes]) -> tuple[Value, frozenset[str]]:
    typed = read(words, spelled(verb))
    task, typed = _task(verb, typed, stdin)
    values = placed(typed, verb.positional, known(verb))
    own = {flag.field for flag in OWN.get(verb.name, ())}
    chosen = {name: value for name, value in values.items() if name not in own}
    if task is not None:
        chosen["task"] = task
    return request(verb.request, chosen), frozenset(own & values.keys())


def _task(verb: Verb, typed: Words, stdin: Callable[[int], bytes]) -> tuple[str | None, Words]:
    """The task apart from the overrides, as it stands; it never meets the overrides' grammar."""
    if "task" not in verb.request.model_fields:
        return None, typed
    tasks = [word.removeprefix("task=") for word in typed.loose if word.startswith("task=")]
    tasks += [typed.values["task"]] if "task" in typed.values else []
    if len(tasks) > 1:
        raise ArgumentInvalid(f"the task was given {len(tasks)} times", hint="give one task=…")
    values = {name: value for name, value in typed.values.items() if name != "task"}
    loose = tuple(word for word in typed.loose if not word.startswith("task="))
    if tasks and "task_file" in values:
        raise ArgumentInvalid("the task was given twice: as task= and as --task-file")
    task = tasks[0] if tasks else None
    if task == "-" or values.get("task_file") == "-":
        values.pop("task_file", None)
        task = told(stdin, "the task on standard input")
    return task, Words(values, loose)
