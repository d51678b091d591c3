"""Modules and functions stay small, broad catches are few and named, and pure rooms do nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for room in ("ccorch", "bench", "docs") for path in (ROOT / room).rglob("*.py"))
WRITTEN = ("ccorch", "bench", "conf", "docs", "examples", "tests")
PURE = ("schema", "rules", "plan", "views")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 70

BROAD = {
    "ccorch/adapters/claude_code/worker.py": "no worker outlives its recorded end; the problem flies on",
    "ccorch/adapters/harmless.py": "bookkeeping that fails undoes no line, ends no daemon, breaks no stream",
    "ccorch/adapters/daemon/socket.py": "a bug becomes an answer, not a dead daemon",
    "ccorch/engine/bugs.py": "a bug ends one attempt or gate, not the daemon and every other run",
    "ccorch/frontends/cli/main.py": "the last door: a bug becomes a sentence, a file and status 70",
    "ccorch/frontends/mcp/server.py": "the last door: a bug becomes an error result, not a dead server",
}
"""Where everything may be caught once, and why."""

IMPURE = {"open", "print", "input", "exec", "eval", "now", "utcnow", "today", "uuid4", "urandom", "getenv"}
"""Calls that reach outside, by their last name."""


def name(path: Path) -> str:
    """The path as it is spoken of."""
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    """Everything a module consists of."""
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_fits_into_a_head(path: Path) -> None:
    functions = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    assert {name: lines for name, lines in functions.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", [path for path in MODULES if path.stat().st_size], ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_everything_is_caught_only_where_a_reason_is_named() -> None:
    broad = [
        name(path)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and caught(node) & {"", "Exception", "BaseException"}
    ]

    assert sorted(broad) == sorted(BROAD)


def test_nothing_is_left_to_be_done_in_a_comment() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    files = (path for folder in WRITTEN for path in (ROOT / folder).rglob("*"))
    left = [
        f"{name(path)}: {mark}"
        for path in files
        if path.suffix in (".py", ".md", ".yaml", ".sh")
        for mark in marks
        if mark in path.read_text(encoding="utf-8")
    ]

    assert left == []


def test_pure_rooms_call_nothing_outside() -> None:
    calls = [
        f"{name(path)}:{node.lineno} {last_name(node.func)}"
        for room in PURE
        for path in sorted((ROOT / "ccorch" / room).rglob("*.py"))
        for node in nodes(path)
        if isinstance(node, ast.Call) and last_name(node.func) in IMPURE
    ]

    assert calls == []


def caught(handler: ast.ExceptHandler) -> set[str]:
    """Names that a handler catches; an empty name is everything."""
    if handler.type is None:
        return {""}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def last_name(called: ast.expr) -> str:
    """`now` of `datetime.now`, `open` of `open`."""
    match called:
        case ast.Attribute(attr=last) | ast.Name(id=last):
            return last
    return ""
