"""The commands that stand in a line for a shell, as words; what is quoted, said or handed in as text is none."""

import re
from collections.abc import Iterator
from itertools import pairwise

_LONGEST = 20_000
"""Characters of a line that are looked at."""

_DEEPEST = 4
"""How far commands within commands are followed."""

_TOKEN = re.compile(
    r"""(?P<quoted>'[^']*'|"(?:[^"\\]|\\.)*")|(?P<escaped>\\.)|(?P<inner>\$\((?!\()|`)|(?P<end>\n|;;?|\|\|?|&&?|[()])
    |(?P<blank>[ \t]+|\\\n)|(?P<comment>(?<![^\s;&|])\#[^\n]*)|(?P<into>\d*(?:>>?|<)(?:&\d?-?)?)
    |(?P<plain>[^\s;&|()<>"'\\`$\#]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_]\w*)\1([^\n]*)\n(.*?)(?:\n[ \t]*\2(?=\s|\Z)|\Z)", re.DOTALL)
_INNER = re.compile(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)|`([^`]*)`")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELLS = ("sh", "bash", "zsh", "dash", "ksh")
_RIGHTS = ("sudo", "doas")
_WITH_TIME = ("timeout", "watch")
_BEFORE = (
    *(*_RIGHTS, *_WITH_TIME, "env", "nohup", "nice", "time", "command", "exec", "stdbuf", "setsid", "xargs"),
    *("then", "do", "else", "if", "!", "{", "while", "until"),
)
"""Words that stand before the command itself."""

Words = tuple[str, ...]


def commands(text: str, depth: int = 0) -> Iterator[Words]:
    """Every simple command with its words, those in `$(…)`, `bash -c` and `eval` too; never raises."""
    text = text[:_LONGEST]
    if depth > _DEEPEST:
        return
    for found in _HEREDOC.finditer(text):
        before = text[: found.start()].rpartition("\n")[2].split()
        if any(word.rpartition("/")[2] in _SHELLS for word in before):
            yield from commands(found[4], depth + 1)
    text = _HEREDOC.sub(lambda found: f" {found[3]}\n", text)
    for found in _INNER.finditer(text):
        yield from commands(found[1] or found[2] or "", depth + 1)
    for words in _simple(text):
        yield words
        yield from _within(words, depth)


def name(words: Words) -> str:
    """The program, without its folder."""
    return words[0].rpartition("/")[2] if words else ""


def _simple(text: str) -> Iterator[Words]:
    words: list[str] = []
    word: str | None = None
    skips = False  # what output goes to, or input comes from
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup, found.group()
        if kind in ("blank", "end", "comment", "into"):
            if word is not None and not skips:
                words.append(word)
            skips = kind == "into" or (skips and word is None and kind == "blank")
            word = None
            if kind == "end" and words:
                yield from _bare(tuple(words))
                words = []
        elif kind == "quoted":
            word = (word or "") + (token[1:-1].replace('\\"', '"') if token[0] == '"' else token[1:-1])
        else:
            word = (word or "") + (token[1] if kind == "escaped" else token)
    if word is not None and not skips:
        words.append(word)
    if words:
        yield from _bare(tuple(words))


def _bare(words: Words) -> Iterator[Words]:
    """The command without what only prepares it; with `sudo` it is told with it, too."""
    while words:
        if _ASSIGNMENT.match(words[0]):
            words = words[1:]
            continue
        first = name(words)
        if first not in _BEFORE:
            yield words
            return
        if first in _RIGHTS:
            yield (first,)
        rest = _past_flags(words[1:])
        words = rest[1:] if first in _WITH_TIME else rest


def _past_flags(words: Words) -> Words:
    while words and (words[0].startswith("-") or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    return words


def _within(words: Words, depth: int) -> Iterator[Words]:
    first = name(words)
    if first in _SHELLS:
        for flag, text in pairwise(words[1:]):
            if flag.startswith("-") and flag.endswith("c") and not flag.startswith("--"):
                yield from commands(text, depth + 1)
                return
    elif first == "eval":
        yield from commands(" ".join(words[1:]), depth + 1)
    elif first == "find":
        for place, word in enumerate(words):
            if word in ("-exec", "-execdir", "-ok"):
                yield tuple(words[place + 1 :])
