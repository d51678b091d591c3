"""What a reading git command must not be told: to write a file, start a program or read outside of its tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DENIED: Mapping[str, Sequence[str]] = {
    "git": [
        # write a file
        "--output",
        "--output-directory",
        # start a program
        "--ext-diff",
        "--textconv",
        "--filters",
        "--exec",
        "--upload-pack",
        "--receive-pack",
        "--open-files-in-pager",
        "-O",
        # read any file of the machine, or tell its lines in a complaint
        "--no-index",
        "--contents",
        "--ignore-revs-file",
        "--pathspec-from-file",
        "--exclude-from",
    ],
    "git blame": ["-S"],
    "git annotate": ["-S"],
    "git grep": ["--file", "-f"],
    "git ls-files": ["-X"],
    "git format-patch": ["-o"],
    "git archive": ["-o"],
}
"""Options by a command's first words. What the owner configured is the owner's; these would let a worker choose."""

HARMLESS = frozenset(["--text", "--exclude"])
"""Options of their own that look like the beginning of a denied one."""


def refused_option(words: Sequence[str], denied: Mapping[str, Sequence[str]] = DENIED) -> str | None:
    """The first word that gives a denied option, in any spelling that git takes for it."""
    options = [
        option for begin, some in denied.items() if words[: len(begin.split())] == begin.split() for option in some
    ]
    if words[0] == "git" and words[1:] and words[1].startswith("-"):
        # before its subcommand, git takes pagers, configuration, programs and places from its caller
        return words[1]
    return next((word for word in words[1:] if any(gives(word, option) for option in options)), None)


def gives(word: str, option: str) -> bool:
    """Whether a word gives this option: abbreviated (`--outp=f`), bundled (`-nO`) or with its value (`-Of`)."""
    if not option.startswith("--"):
        return word.startswith("-") and not word.startswith("--") and option[1] in word
    name = word.split("=", 1)[0]
    return len(name) > 2 and name not in HARMLESS and option.startswith(name)
