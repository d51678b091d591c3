"""What `--help` prints; made from the table of verbs and the sentences beside their fields."""

from typing import get_args

from ccorch.frontends.cli.arguments import Flag
from ccorch.frontends.cli.asking import known, spelled
from ccorch.frontends.cli.command import below
from ccorch.frontends.cli.layout import wrapped
from ccorch.operations.registry import VERBS, Group, Verb
from ccorch.schema.base import field_docs

EVERYWHERE = (
    ("-C DIR", "The project; without it the current directory."),
    ("--json", "Print the reply as JSON on one line; errors as JSON on standard error."),
    ("-h, --help", "Print this."),
    ("--version", "Print the version."),
)

HYDRA = (
    ("--cfg job|all", "Print the composed configuration as Hydra sees it, and run nothing."),
    ("--info WHAT", "Hydra's report: defaults, defaults-tree, searchpath, config, plugins, all."),
    ("--package KEY", "With --cfg: only this part."),
    ("--resolve", "With --cfg: resolve interpolations."),
    (
        "-sc install=SHELL",
        "Print the tab completion for bash, zsh or fish; -sc uninstall=SHELL takes it back. "
        "For bash: source <(ccorch -sc install=bash)",
    ),
    ("--hydra-help", "Print these flags."),
)

EXITS = (
    "0 done · 1 the run failed · 2 usage or config · 3 refused by budget or ceiling · 4 not found",
    "5 conflict or busy · 6 deadline passed · 70 bug · 130 interrupted",
)

_OWN_DOCS = {
    "follow": "Print the log and go on as it grows, until the run is over.",
    "log": "The same as --view log.",
    "stream": "Print what the workers say and do, in full; with -f as it comes.",
    "hold": "With --stream: wait for Enter at the end.",
}
_LEFT = 24


def overview(width: int) -> list[str]:
    """All verbs by what they are for."""
    lines = ["usage: ccorch [run] OVERRIDE… [FLAG…]", "       ccorch VERB [WORD…] [FLAG…]", ""]
    for group in get_args(Group):
        lines += [group + ":"]
        for verb in VERBS:
            if verb.group == group:
                lines += _entry(verb.name, _first(verb.summary), width)
        lines += [""]
    lines += ["everywhere:", *_entries(EVERYWHERE, width), ""]
    return [*lines, "exit status:", *(part for text in EXITS for part in wrapped(text, width, "  "))]


def group(word: str, width: int) -> list[str]:
    """The verbs that begin with this word."""
    lines = [f"usage: ccorch {word} VERB [WORD…] [FLAG…]", ""]
    lines += [part for verb in below(word) for part in _entry(verb.name, _first(verb.summary), width)]
    return [*lines, "", f"`ccorch {word} VERB --help` explains one."]


def about(verb: Verb, width: int) -> list[str]:
    """One verb in full."""
    docs = {**field_docs(verb.request), **_OWN_DOCS}
    flags = {flag.field: flag for flag in known(verb)}
    words = [flags[name] for name in verb.positional]
    lines = [*wrapped(" ".join(("usage: ccorch", verb.name, *map(_place, words), "[FLAG…]")), width), ""]
    lines += [*wrapped(verb.summary, width), ""]
    if words:
        lines += [part for flag in words for part in _entry(flag.field.upper(), _told(flag, docs), width)] + [""]
    own = [flag for flag in spelled(verb) if flag.field not in verb.positional]
    if own:
        lines += [
            "flags:",
            *(part for flag in own for part in _entry(_spelled(flag), _told(flag, docs), width)),
            "",
        ]
    if verb.name in ("run", "plan"):
        lines += ["Hydra's own flags:", *_entries(HYDRA, width), ""]
    return [*lines, "everywhere:", *_entries(EVERYWHERE, width)]


def hydra(width: int) -> list[str]:
    """Hydra's own flags, as they work here."""
    return ["Hydra's own flags, on `ccorch run` and `ccorch plan`:", *_entries(HYDRA, width)]


def _place(flag: Flag) -> str:
    name = flag.field.upper()
    match flag.kind:
        case "many":
            return f"[{name.removesuffix('S')}…]"
    return name if flag.required else f"[{name}]"


def _spelled(flag: Flag) -> str:
    names = ", ".join(flag.spellings)
    match flag.kind:
        case "switch":
            return names
        case "many":
            return f"{names} A[,B…]"
        case "each":
            return f"{names} {flag.field.upper()}"
        case "whole" | "number":
            return f"{names} N"
    return f"{names} {flag.field.split('_')[-1].upper()}"


def _told(flag: Flag, docs: dict[str, str]) -> str:
    said = [docs.get(flag.field, "")]
    if flag.kind == "each":
        said.append("Commas belong to it; may be given several times.")
    if flag.choices:
        said.append(f"One of {', '.join(flag.choices)}.")
    if flag.kind != "switch" and flag.default not in (None, "", ()) and not flag.required:
        default = ", ".join(map(str, flag.default)) if isinstance(flag.default, tuple) else flag.default
        said.append(f"Default {default}.")
    return " ".join(part for part in said if part)


def _entries(entries: tuple[tuple[str, str], ...], width: int) -> list[str]:
    return [part for left, right in entries for part in _entry(left, right, width)]


def _entry(left: str, right: str, width: int) -> list[str]:
    lines = wrapped(right, max(width, 60) - _LEFT) if right else [""]
    if len(left) > _LEFT - 4:
        return [f"  {left}", *(" " * _LEFT + text for text in lines)]
    return [f"  {left:<{_LEFT - 2}}{lines[0]}".rstrip(), *(" " * _LEFT + text for text in lines[1:])]


def _first(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")
