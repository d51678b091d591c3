"""The benchmark suite: what a case asks, what a right answer is, and the form in which answers are owed."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ccorch.schema.base import Many, Value
from ccorch.schema.claims import Handoff, Noun, Text
from ccorch.schema.experience import Case
from ccorch.schema.role import Tool

NEAR = 1
"""Lines by which a finding may be off."""

SuiteFile = Annotated[str, Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*\.[a-z]+$")]
"""Name of a file of a case, relative to its project."""


class Answered(Handoff):
    """What every answer to a case has; its status says only that it is an answer."""

    status: Literal["pass"]
    """Always pass."""


class BenchPatch(Answered):
    """A repair."""

    role: Literal["bench_patch"]
    patch: Text
    """Unified diff with a/ and b/ before the paths, as `git diff` writes it."""


class BenchFinding(Noun):
    """A defect by its place and kind."""

    file: Text
    """Path from the project's root."""
    line: Annotated[int, Field(ge=1)]
    """The line that has to change."""
    kind: Text
    """One of the kinds that the task names."""


class BenchFindings(Answered):
    """Defects that were found."""

    role: Literal["bench_findings"]
    findings: Many[BenchFinding]
    """Each defect once, no guesses."""


class BenchAnswer(Noun):
    """The answer to one question."""

    question: Text
    """Name of the question, as the task gives it."""
    answer: Text
    """The answer alone, without a sentence around it."""


class BenchAnswers(Answered):
    """Answers to the questions of a task."""

    role: Literal["bench_answers"]
    answers: Many[BenchAnswer]
    """Each question once."""


SUITE_CONTRACTS: dict[str, type[Handoff]] = {
    "bench_patch": BenchPatch,
    "bench_findings": BenchFindings,
    "bench_answers": BenchAnswers,
}
"""Contracts of the suite's cases; roles have their own."""


class Repair(Value):
    """A patch is owed, and a check says whether it repairs."""

    handoff: Literal["bench_patch"]
    """Contract of the answer."""
    may_change: Many[SuiteFile]
    """The only files that the patch may touch; they stay plain code."""
    check: SuiteFile
    """Script beside the case, which no worker sees; prints `right N of M` at its end."""


class Planted(Value):
    """A defect that is there."""

    file: SuiteFile
    """Where it is."""
    line: Annotated[int, Field(ge=1)]
    """The line that has to change."""
    kinds: Many[Text]
    """Kinds that name it rightly."""


class Defects(Value):
    """Findings are owed; these are all that there are."""

    handoff: Literal["bench_findings"]
    """Contract of the answer."""
    planted: Annotated[Many[Planted], Field(min_length=1)]
    """Each defect."""

    @model_validator(mode="after")
    def _no_finding_fits_two(self) -> Self:
        places = sorted((one.file, one.line) for one in self.planted)
        for (file, line), (other, next_line) in pairwise(places):
            if file == other and next_line - line <= 2 * NEAR:
                raise ValueError(f"{file}:{line} and {file}:{next_line} are too near to be told apart")
        return self


class Question(Value):
    """A question with one right answer."""

    name: Text
    """Name that the task gives it."""
    accepts: Many[Text]
    """Spellings of the right answer; case, spaces and signs at the ends do not matter."""


class Questions(Value):
    """Answers are owed."""

    handoff: Literal["bench_answers"]
    """Contract of the answer."""
    questions: Annotated[Many[Question], Field(min_length=1)]
    """Each question."""


class Fact(Value):
    """A sentence hidden in a long text."""

    at: Annotated[float, Field(ge=0, le=1)]
    """Where: 0 is the beginning, 1 the end."""
    text: Text
    """The sentence."""


class LongText(Value):
    """A long text that is made by a rule instead of being kept."""

    file: SuiteFile
    """File that it is written to."""
    seed: Text
    """Equal seeds give equal texts."""
    bytes: Annotated[int, Field(ge=1_000, le=1_000_000)]
    """About how long it is."""
    facts: Many[Fact]
    """What is hidden in it."""


class CaseFile(Value):
    """One case of the suite, as `conf/bench/CASE/case.yaml` says it."""

    name: Case
    """Name of the case and of its folder."""
    summary: Text
    """What it asks, in a line."""
    prompt: Text
    """System prompt of the worker; the same whatever roles a user has."""
    task: Text
    """What is to be done."""
    files: Many[SuiteFile] = ()
    """Files of the project, kept beside the case under `project/`."""
    long_text: LongText | None = None
    """One more file of the project, made by a rule."""
    attach: Many[SuiteFile] = ()
    """Files of the project that are shown with the task."""
    tools: Many[Tool] = ("Read", "Grep", "Glob")
    """Tools that the worker is offered."""
    images: bool = False
    """Whether attached images are shown."""
    max_turns: Annotated[int, Field(ge=1, le=40)] = 12
    """Most model turns."""
    timeout_seconds: Annotated[int, Field(ge=1, le=1800)] = 300
    """Longest time of the worker."""
    usd: Annotated[float, Field(gt=0, le=10)] = 0.5
    """Most US dollars, where the user's own limit is not lower."""
    expects: Annotated[Repair | Defects | Questions, Field(discriminator="handoff")]
    """What is owed, and what is right."""
