"""Makes the reference pages from the code; `--check` fails when a page has drifted."""

import ast
import posixpath
import sys
from collections.abc import Iterator
from pathlib import Path

from ccorch import errors
from ccorch.config.catalog import catalog
from ccorch.config.layers import layer_dirs
from ccorch.operations.registry import VERBS
from ccorch.schema.base import field_docs
from docs.ported import page

HERE = Path(__file__).parent / "reference"
PACKAGE = Path(errors.__file__).parent
NOTE = "<!-- made by `make schemas`; do not edit -->\n"


def main(words: list[str]) -> int:
    """Write the pages, or compare them with `--check`."""
    pages = {"commands.md": commands(), "config.md": config(), "errors.md": problems()}
    pages |= {"ported-tools.md": ported(), "modules.md": modules()}
    drifted = [name for name, text in pages.items() if _now(HERE / name) != NOTE + text]
    if "--check" in words:
        print("".join(f"docs/reference/{name} has drifted; run `make schemas`\n" for name in drifted), end="")
        return 1 if drifted else 0
    for name in drifted:
        (HERE / name).write_text(NOTE + pages[name], encoding="utf-8")
    return 0


def commands() -> str:
    """Every verb with its words."""
    return "# Commands\n\n" + "\n".join(_verb_pages())


def config() -> str:
    """Every group, option and key."""
    found = catalog(layer_dirs(Path("/nonexistent"), None, Path("/nonexistent")))
    groups = "\n".join(
        f"### `{group.name}` (`conf/{group.folder}/`)\n\n"
        + "".join(f"- `{group.name}={option.name}`: {option.summary}\n" for option in group.options)
        for group in found.groups
        if group.options
    )
    keys = "".join(
        f"| `{key.key}` | {_cell(key.type)} | {_cell(key.default)} | {_cell(key.limits)} | {_cell(key.doc)} |\n"
        for key in found.keys
    )
    head = "| key | type | default | limits | meaning |\n|---|---|---|---|---|\n"
    return f"# Configuration\n\n## Groups and options\n\n{groups}\n## Keys\n\n{head}{keys}"


def ported() -> str:
    """Where the tools of the earlier orchestrator went."""
    return page(frozenset(verb.tool for verb in VERBS if verb.tool and verb.toolset == "ops"))


def modules() -> str:
    """Every module by the sentence that it opens with, room by room."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py"), key=lambda path: (path.parent, path.name)):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        if said:
            place = path.relative_to(PACKAGE.parent).as_posix()
            row = f"| [`{path.stem}`](../../{place}) | {_cell(said.partition(chr(10) * 2)[0])} |\n"
            rooms.setdefault(posixpath.dirname(place), []).append(row)
    head = "| module | is for |\n|---|---|\n"
    tables = "\n".join(f"## `{room}/`\n\n{head}{''.join(rows)}" for room, rows in rooms.items())
    return f"# Modules\n\nWhat a room is for stands in [the rooms of the house](../design/README.md).\n\n{tables}"


def problems() -> str:
    """Every error code with its exit status."""
    rows = "".join(
        f"| `{kind.code}` | {kind.exit_status} | {'yes' if kind.retryable else 'no'} | {_cell(kind.__doc__ or '')} |\n"
        for kind in sorted(errors.CcorchError.__subclasses__(), key=lambda kind: kind.code)
    )
    statuses = (
        "0 ok · 1 run failed or verdict not passed · 2 usage or config · 3 refused by budget, ceiling or scope · "
        "4 not found · 5 conflict or busy · 6 deadline passed, nothing wrong · 70 bug · 130 interrupted"
    )
    head = "| code | exit | worth retrying | meaning |\n|---|---|---|---|\n"
    return f"# Errors\n\nExit status: {statuses}\n\n{head}{rows}"


def _verb_pages() -> Iterator[str]:
    for verb in VERBS:
        yield f"## `ccorch {verb.name}`\n\n{verb.summary}\n"
        docs = field_docs(verb.request)
        for name in verb.request.model_fields:
            shown = name.upper() if name in verb.positional else f"--{name.replace('_', '-')}"
            yield f"- `{shown}`: {docs.get(name, '')}"
        if verb.tool:
            yield f"\nMCP tool: `{verb.tool}`."
        yield ""


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _now(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
