"""Pages as plays: files that they show are written, commands that they show are run, in their order."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.kit import until_event
from tests.machine import Machine, commit, git, machine, until

ROOT = Path(__file__).parents[2]
PLAYS = (
    ("README.md", "docs/how-to/steer.md", "docs/how-to/plans.md", "docs/how-to/profiles.md"),
    ("docs/what-can-this-cost.md",),
    ("docs/how-to/watch.md",),
    ("docs/tutorial.md",),
)
"""Pages that are played one after the other, each of these plays on a machine of its own."""

PLACES = {"~/shop": "project", "~/.config/ccorch": "config"}
"""Folders as the README calls them, by the machine's own name of them."""

ELIDED = "…"
"""A line that stands for any lines."""

_FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (?P<path>(?:~/|\.ccorch/|scripts/)\S+)\n")

_CHANGING = (
    (re.compile(r"\b[0-9a-f]{16}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "HASH"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "DATE"),
    (re.compile(r"\buntil (?:DATE|\d\d:\d\d)(?= )"), "until DATE"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "SHORT"),
    (re.compile(r"\b\d+(?:\.\d+)?s\b"), "SECONDS"),
    (re.compile(r"(?<!, )(?<!at most )\b\d+m\d\ds\b"), "SECONDS"),  # as long as that only on a slow machine
    (re.compile(r"(?<=\s)\S+…$"), "…"),  # where a line is cut depends on how long the times in it are
    (re.compile(r"\b\d+ ms\b"), "MILLISECONDS"),
    (re.compile(r"\(\d+ files, [\d.]+ k?B\)"), "(FILES)"),
    (re.compile(r"\bcursor(?: |\":\")[\w.-]+"), "CURSOR"),
    (re.compile(r"\b\d+ judgements?\b"), "JUDGEMENTS"),  # kept a moment after a run is over
    (re.compile(r"Claude Code \d+\.\d+\.\d+"), "Claude Code VERSION"),
    (re.compile(r"\bfrom terminal \([^)]+\)"), "from terminal (YOU)"),
    (re.compile(r" {2,}"), " "),
)
"""What differs from run to run; money and tokens do not."""


@dataclass(frozen=True)
class Shown:
    """A command and what the README says it prints."""

    command: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Authored:
    """A file that the README tells its reader to write."""

    path: str
    text: str


def scenes(text: str) -> Iterator[Shown | Authored]:
    """What there is to play, in order."""
    for fence in _FENCE.finditer(text):
        body = fence["body"]
        if fence["kind"] == "yaml" and (file := _FILE.match(body)):
            yield Authored(file["path"], body)
        elif body.startswith("$ ccorch"):
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *lines = part.rstrip().splitlines()
                yield Shown(command, tuple(lines))


def played(pages: tuple[str, ...]) -> Iterator[tuple[str, Shown, tuple[str, ...]]]:
    """Each page's commands with what they print on one machine, the demo's repository being the project."""
    # a short name, because lines with paths are cut to the width of the screen
    with tempfile.TemporaryDirectory(prefix="c") as folder, machine(Path(folder) / "m") as box:
        settle(box)
        latest = "RUN"
        for page, scene in ((name, one) for name in pages for one in scenes(text_of(name))):
            if isinstance(scene, Authored):
                write(box, scene)
                continue
            follow(box, scene.command)
            printed = run(box, re.sub(r"\bRUN\b", latest, scene.command))
            latest = printed[0] if "--detach" in scene.command else latest
            yield page, scene, printed


def text_of(page: str) -> str:
    """A page as it is now."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """The fenced blocks of a page."""
    return [fence[0] for fence in _FENCE.finditer(text)]


def settle(box: Machine) -> None:
    """Make the machine's project the demo's repository."""
    shutil.rmtree(box.project / ".git")
    (box.project / "app.py").unlink()
    shutil.copytree(ROOT / "examples/demo_repo", box.project, dirs_exist_ok=True)
    git(box.project, "init", "-q", "-b", "main", ".")
    commit(box.project, "A small shop")
    box.extra["GLM_API_KEY"] = "not-a-real-key"


def follow(box: Machine, command: str) -> None:
    """Wait as long as whoever types this next would: a run that is over is closed, one to be stopped is at work."""
    for log in (box.project / ".agent-workspace/ccorch/runs").glob("*/events.ndjson"):
        run = log.parent.name
        if '"type":"finished"' in log.read_text():
            until((box.state / "attempts" / run / "ended.json").exists)
        elif command.startswith("ccorch stop"):
            until_event(box, run, "worker_ready")


def write(box: Machine, file: Authored) -> None:
    """Put a file where the README says."""
    path = Path(_on_the_machine(box, file.path))
    path = path if path.is_absolute() else box.project / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_on_the_machine(box, file.text), encoding="utf-8")


def run(box: Machine, command: str) -> tuple[str, ...]:
    """Everything the command prints, with the README's names of places."""
    name, *words = shlex.split(_on_the_machine(box, command))
    assert name == "ccorch", command
    done = subprocess.run(
        [sys.executable, "-m", "ccorch", *words],
        cwd=box.project,
        env={**box.environment, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    return tuple(_as_told(box, done.stdout.decode()).rstrip().splitlines())


def same(shown: tuple[str, ...], printed: tuple[str, ...]) -> bool:
    """Whether the lines shown are the ones printed, but for what changes and what is elided."""
    parts: list[list[str]] = [[]]
    for line in _steady(shown):
        if line == ELIDED:
            parts.append([])
        else:
            parts[-1].append(line)
    pattern = r"(?:.*\n)*?".join("".join(re.escape(f"{line}\n") for line in part) for part in parts)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _steady(printed))) is not None


def _steady(lines: tuple[str, ...]) -> list[str]:
    return [_without_changing(line).rstrip() for line in lines]


def _without_changing(line: str) -> str:
    for pattern, name in _CHANGING:
        line = pattern.sub(name, line)
    return line


def _on_the_machine(box: Machine, text: str) -> str:
    for told, name in PLACES.items():
        text = text.replace(told, str(getattr(box, name)))
    return text


def _as_told(box: Machine, text: str) -> str:
    for told, name in PLACES.items():
        text = text.replace(str(getattr(box, name)), told)
    return text.replace(f"{ROOT}{os.sep}", "~/ccorch/")
