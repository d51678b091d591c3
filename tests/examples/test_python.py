"""The page about Python is a program that runs."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.examples.readme import ROOT, settle
from tests.machine import machine

PAGE = ROOT / "docs/python.md"
LIGHT = (
    "import sys, ccorch; print(ccorch.__version__, [name for name in sys.modules if name.startswith('ccorch.')])"
)
TWICE = "import ccorch.plan.build, ccorch.verify.judge; from ccorch import plan, verify; print(plan.__module__)"


def said(*words: str, **options: object) -> str:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=600, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def blocks() -> list[str]:
    """The programs of the page."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_page_run_one_after_the_other() -> None:
    assert len(blocks()) == 5
    with tempfile.TemporaryDirectory(prefix="c") as folder, machine(Path(folder) / "m") as box:
        settle(box)
        program = box.root / "program.py"
        program.write_text("\n".join(blocks()))

        told = said(str(program), cwd=box.project, env=box.environment)

    assert "high shop/cart.py A discount code is applied twice" in told
    assert "CEILING_EXCEEDED - " in told
    assert "1 runs, " in told


def test_the_blocks_of_the_page_are_typed_for_who_checks_strictly(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("\n".join(blocks()))

    # the cache is that of `make check`, so that only the program itself is looked at
    cache = ("--cache-dir", str(ROOT / ".mypy_cache"), "--config-file", str(ROOT / "pyproject.toml"))
    assert "Success" in said("-m", "mypy", *cache, str(program), cwd=ROOT)


WRONG = """
import ccorch

for ask in (
    lambda: ccorch.plan(5),
    lambda: ccorch.submit(ccorch),
    lambda: ccorch.wait(5),
    lambda: ccorch.wait("0123456789abcdef", timeout=-1),
    lambda: ccorch.show(None, node=5),
    lambda: ccorch.verify(5, 5),
    lambda: ccorch.call("show", run=5),
):
    try:
        ask()
    except ccorch.CcorchError as problem:
        print(problem.code, problem.message)
"""


def test_a_value_of_another_kind_is_refused_as_everything_else_is(tmp_path: Path) -> None:
    told = said("-c", WRONG, cwd=tmp_path).splitlines()

    assert len(told) == 7
    assert {line.partition(" ")[0] for line in told} == {"ARG_INVALID"}
    assert told[0].startswith("ARG_INVALID plan: task: ")


def test_importing_the_package_loads_nothing_and_a_verb_is_never_taken_for_a_room() -> None:
    assert said("-c", LIGHT).split() == [said("-c", "import ccorch; print(ccorch.__version__)").strip(), "[]"]
    assert said("-c", TWICE).strip() == "ccorch.frontends.python"
