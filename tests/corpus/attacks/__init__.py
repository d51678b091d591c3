"""Ways out of a write scope: what a worker would call for, and what would be left where nothing stopped it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.corpus.attacks.commands import COMMANDS
from tests.corpus.attacks.fresh import FRESH_COMMANDS, FRESH_PATHS, FRESH_PROGRAMS
from tests.corpus.attacks.paths import DENIED_TOOLS, PATHS
from tests.corpus.attacks.programs import PROGRAMS
from tests.corpus.attacks.sources import SOURCES
from tests.corpus.attacks.unseen import NEW_COMMANDS, NEW_PATHS, NEW_PROGRAMS, Path


@dataclass(frozen=True)
class Attack:
    """One way out. `{inside}`, `{outside}` and `{project}` stand for folders."""

    name: str
    tool: str
    input: dict[str, Any] = field(default_factory=dict)
    effect: str | None = None
    """What is left behind where it succeeds, for bash; null where that lies beyond every repository."""
    said: str | None = None
    """Its public source, where the corpus names it itself."""

    @property
    def source(self) -> str:
        """Where it comes from."""
        return self.said or SOURCES.get(self.name, "own")

    def call(self, **folders: str) -> dict[str, Any]:
        """The tool's input with the folders filled in."""
        return {key: _filled(value, folders) for key, value in self.input.items()}


def _filled(value: Any, folders: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, path in folders.items():
            value = value.replace("{" + name + "}", path)
    return value


_TESTS = {"command": "python3 -m pytest", "description": "x"}

ATTACKS = (
    *(
        Attack(f"Write {name}", tool, {key: path, "content": "x"}, effect)
        for name, (tool, key, path, effect) in PATHS.items()
    ),
    *(Attack(f"tool {tool}", tool, {"prompt": "write app.py"}) for tool in DENIED_TOOLS),
    *(
        Attack(f"Bash {name}", "Bash", {"command": command, "description": "x"}, effect)
        for name, (command, effect) in COMMANDS.items()
    ),
    Attack("Bash that leaves the sandbox", "Bash", {"command": "git status", "dangerouslyDisableSandbox": True}),
    *(Attack(f"an allowed program {name}", "Bash", _TESTS, effect) for name, effect in PROGRAMS.items()),
)
"""All of them; the allowed program is one that the role may run, so nothing but a sandbox stops it beforehand."""


def _of_rows(
    paths: Iterable[Path],
    commands: Iterable[tuple[str, str, str | None, str]],
    programs: Iterable[tuple[str, str, str]],
) -> tuple[Attack, ...]:
    """Attacks that name their own sources."""
    return (
        *(
            Attack(f"Write {name}", tool, {key: path, "content": "x"}, effect, source)
            for name, tool, key, path, effect, source in paths
        ),
        *(
            Attack(f"Bash {name}", "Bash", {"command": command, "description": "x"}, effect, source)
            for name, command, effect, source in commands
        ),
        *(
            Attack(f"an allowed program {name}", "Bash", _TESTS, effect, source)
            for name, effect, source in programs
        ),
    )


UNSEEN = _of_rows(NEW_PATHS, NEW_COMMANDS, NEW_PROGRAMS)
"""Those that were written without a look at the fence; nothing was tuned by them before they were scored."""

FRESH = _of_rows(FRESH_PATHS, FRESH_COMMANDS, FRESH_PROGRAMS)
"""Those that were written against it by somebody who had read it; scored before anything was changed by them."""
