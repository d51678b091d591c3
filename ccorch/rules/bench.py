"""How right an answer to a case of the benchmark suite is: pure comparison, no model judges a model."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ccorch.rules.amounts import some
from ccorch.schema.bench import (
    NEAR,
    BenchAnswers,
    BenchFinding,
    BenchFindings,
    BenchPatch,
    CaseFile,
    Defects,
    Planted,
    Question,
    Questions,
    Repair,
)
from ccorch.schema.claims import Handoff

MOST_NAMED = 4
"""Mistakes that a reason names one by one."""

LONGEST_PATCH = 100_000

_TOLD = re.compile(r"right (\d+) of (\d+)\Z")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_OF_HUNK = ("", " ", "+", "-", "\\")
"""What lines of a hunk begin with."""

_EXTENDED = (
    "new file mode", "deleted file mode", "old mode", "new mode", "rename from", "rename to", "copy from",
    "copy to", "similarity index", "dissimilarity index", "GIT binary patch", "Binary files",
)  # fmt: skip
_UNPLAIN = (
    ast.Import, ast.ImportFrom, ast.ClassDef, ast.Match, ast.Global, ast.Nonlocal, ast.AsyncFunctionDef,
    ast.Await, ast.AsyncFor, ast.AsyncWith, ast.With,
)  # fmt: skip
_REACHING = (
    "open", "exec", "eval", "compile", "input", "print", "globals", "locals", "vars", "dir", "getattr",
    "setattr", "delattr", "breakpoint", "help", "exit", "quit", "type", "object", "super", "memoryview",
    "classmethod", "staticmethod", "property", "BaseException", "SystemExit",
)  # fmt: skip
_INSIDE = ("_", "gi_", "cr_", "ag_", "f_", "tb_", "co_", "func_", "with_traceback", "mro", "format")


@dataclass(frozen=True)
class Score:
    """How right an answer is, and what was wrong with it."""

    share: float
    reason: str


@dataclass(frozen=True)
class Checked:
    """What became of a patch in the temporary copy."""

    said: str = ""
    """What the check printed."""
    problem: str = ""
    """Why it did not come to the end of the check; empty when it did."""


def judge(case: CaseFile, answer: Handoff, checked: Checked | None = None) -> Score:
    """The score of an answer that keeps its contract; `checked` is owed for patches alone."""
    match case.expects, answer:
        case Repair(), BenchPatch():
            return of_check(checked or Checked(problem="the patch was not tried"))
        case Defects(planted=planted), BenchFindings(findings=findings):
            return of_findings(planted, findings)
        case Questions(questions=questions), BenchAnswers():
            return of_answers(questions, answer)
    return Score(0.0, f"a {type(answer).__name__} is no answer to {case.name}")


def of_check(checked: Checked) -> Score:
    """The share that the check found right."""
    if checked.problem:
        return Score(0.0, checked.problem)
    *told, last = checked.said.strip().splitlines() or [""]
    found = _TOLD.match(last)
    if found is None or not 0 <= int(found[1]) <= int(found[2]) or int(found[2]) == 0:
        return Score(0.0, "the check did not come to its end")
    share = int(found[1]) / int(found[2])
    return Score(share, "" if share == 1 else _listed("wrong", told) or last)


def of_findings(planted: Sequence[Planted], findings: Sequence[BenchFinding]) -> Score:
    """Precision and recall in one figure, so that listing everything earns as little as listing nothing."""
    missed = [one for one in planted if not any(_is(found, one) for found in findings)]
    foreign = sorted(_shown(found) for found in findings if not any(_is(found, one) for one in planted))
    hits = len(planted) - len(missed)
    reasons = (
        _listed("missed", [f"{one.file}:{one.line} {one.kinds[0]}" for one in missed]),
        _listed("not there", foreign),
        "one defect told twice" if len(findings) > hits + len(foreign) else "",
    )
    return Score(2 * hits / (len(planted) + len(findings)), "; ".join(filter(None, reasons)))


def of_answers(questions: Sequence[Question], given: BenchAnswers) -> Score:
    """The share of the questions that were answered rightly; two answers to one question are none."""
    said: dict[str, list[str]] = {}
    for one in given.answers:
        said.setdefault(_bare(one.question), []).append(one.answer)
    wrong = [question for question in questions if not _is_right(question, said.get(_bare(question.name), []))]
    share = (len(questions) - len(wrong)) / len(questions)
    shown = [f"{one.name} is {one.accepts[0]}, not {_heard(said.get(_bare(one.name), []))}" for one in wrong]
    return Score(share, _listed("wrong", shown))


def patch_problem(patch: str, may_change: Sequence[str]) -> str:
    """Why a patch may not be applied; empty when it touches nothing but existing files that it may change."""
    if len(patch) > LONGEST_PATCH:
        return f"the patch is longer than {LONGEST_PATCH} characters"
    touched = list(_touched(patch))
    if not touched:
        return "the patch has no `--- a/FILE` and `+++ b/FILE` lines"
    for name in touched:
        if name not in may_change:
            return f"the patch touches {name[:80]!r}, and may change {', '.join(may_change)} only"
    return next((f"the patch does more than change lines: {line[:80]!r}" for line in _beyond(patch)), "")


def code_problem(code: bytes) -> str:
    """Why patched code is not run here; empty for plain functions that can reach nothing outside themselves."""
    try:
        # from bytes, as it would be run: an encoding that the file names may turn comments into code
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        return f"the patched file is no Python: {problem}"
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                reaches = name in _REACHING or name.startswith("__")
            case ast.Attribute(attr=name):
                reaches = name.startswith(_INSIDE)
            case _:
                name, reaches = type(node).__name__, isinstance(node, _UNPLAIN)
        if reaches:
            return f"the patched file uses {name!r} in line {getattr(node, 'lineno', '?')}, which is not run here"
    return ""


def _touched(patch: str) -> Iterator[str]:
    """The path of every header line, without the letter before it; other forms as they stand."""
    for line in _headers(patch):
        if line.startswith(("--- ", "+++ ")):
            name = line[4:].split("\t")[0].rstrip()
            yield name[2:] if name.startswith(("a/", "b/")) else name
        elif line.startswith("diff --git "):
            for part in line.removeprefix("diff --git ").split(" "):
                yield part[2:] if part.startswith(("a/", "b/")) else part


def _beyond(patch: str) -> Iterator[str]:
    return (line for line in _headers(patch) if line.startswith(_EXTENDED))


def _headers(patch: str) -> Iterator[str]:
    """Lines outside of hunks; a removed line may look like a header."""
    old = new = 0
    for line in patch.splitlines():
        if found := _HUNK.match(line):
            old, new = (1 if count is None else int(count) for count in found.groups())
        elif (old > 0 or new > 0) and line[:1] in _OF_HUNK:
            old -= not line.startswith(("+", "\\"))
            new -= not line.startswith(("-", "\\"))
        else:
            old = new = 0  # git ends a hunk here too, whatever its header counts
            yield line


def _is(found: BenchFinding, planted: Planted) -> bool:
    near = abs(found.line - planted.line) <= NEAR and found.file.strip().removeprefix("./") == planted.file
    return near and _bare(found.kind) in {_bare(kind) for kind in planted.kinds}


def _is_right(question: Question, said: Sequence[str]) -> bool:
    right = {_bare(spelling) for spelling in question.accepts}
    return bool(said) and len({_bare(answer) for answer in said}) == 1 and _bare(said[0]) in right


def _heard(said: Sequence[str]) -> str:
    return " and ".join(repr(answer[:40]) for answer in said[:2]) or "answered"


def _bare(text: str) -> str:
    """Without case, double spaces, dashes between words, and signs at the ends."""
    return " ".join(re.sub(r"[_\s-]+", " ", text.casefold()).strip(" .,;:!?'\"`*()[]").split())


def _shown(found: BenchFinding) -> str:
    return f"{found.file[:60]}:{found.line} {found.kind[:40]}"


def _listed(word: str, items: Sequence[str]) -> str:
    return f"{word}: {some(items, MOST_NAMED)}" if items else ""
