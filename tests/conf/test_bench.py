"""Promises of the benchmark suite's material: what is expected is really there, and nothing gives it away."""

import ast
import hashlib
import json
import struct
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ccorch.operations.bench_suite import case, cases, content
from ccorch.rules.bench import code_problem, judge
from ccorch.schema.bench import SUITE_CONTRACTS, Defects, Questions, Repair
from ccorch.schema.experience import CASES, SUITE
from ccorch.schema.handoff import CONTRACTS, check, schema_of

HOUSE = Path(__file__).parents[2]
SUITE_FOLDER = HOUSE / "conf" / "bench"
MARKS = {"1": "2331f0dcdd80d54f257213be76505a44d5fa01256cde7d96c4021d27fa808a80"}
"""What was asked in each version of the suite, by the hash of its files."""

LONGEST_SCHEMA = 2000


def scripted() -> dict[str, Any]:
    """What the script `bench` hands in, by case."""
    roles = yaml.safe_load((HOUSE / "conf/scripts/bench.yaml").read_text("utf-8"))["roles"]
    return {name.removeprefix("bench_"): turns[-1]["structured"] for name, turns in roles.items()}


def test_there_is_a_folder_for_each_case_and_no_other() -> None:
    assert {path.name for path in SUITE_FOLDER.iterdir()} == set(CASES)
    assert [one.name for one in cases(())] == list(CASES)


def test_what_is_asked_changes_only_with_the_version_of_the_suite() -> None:
    files = sorted(path for path in SUITE_FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    told = [(path.relative_to(SUITE_FOLDER).as_posix(), path.read_bytes()) for path in files]
    texts = [body for name in CASES for body in content(case(name)).values()]

    assert hashlib.sha256(repr((told, texts)).encode()).hexdigest() == MARKS[SUITE], "raise SUITE, add its mark"


@pytest.mark.parametrize("name", CASES)
def test_a_case_opens_with_its_summary_and_is_small(name: str) -> None:
    lines = (SUITE_FOLDER / name / "case.yaml").read_text("utf-8").splitlines()

    assert lines[0] == f"# {case(name).summary}"
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 110
    assert sum(path.stat().st_size for path in (SUITE_FOLDER / name).rglob("*") if path.is_file()) < 8_000


@pytest.mark.parametrize("name", CASES)
def test_a_case_shows_only_files_that_it_has(name: str) -> None:
    one = case(name)
    kept = {path.relative_to(SUITE_FOLDER / name / "project").as_posix() for path in _project(name)}

    assert kept == set(one.files)
    assert set(one.attach) <= content(one).keys()


@pytest.mark.parametrize("name", CASES)
def test_the_task_does_not_give_the_answer_away(name: str) -> None:
    match case(name).expects:
        case Defects(planted=planted):
            assert not any(f":{one.line}" in case(name).task for one in planted)
        case Questions(questions=questions):
            assert not any(
                f" {one.accepts[0]} " in case(name).task for one in questions if one.accepts[0].isdigit()
            )
        case Repair() as owed:
            assert owed.check not in content(case(name))


@pytest.mark.parametrize("name", [name for name in CASES if name != "code_fix"])
def test_the_script_answers_each_case_rightly(name: str) -> None:
    answer, problems = check(case(name).expects.handoff, scripted()[name], name)

    assert problems == ()
    assert answer is not None
    score = judge(case(name), answer)
    assert (score.share, score.reason) == (1, "")


def test_every_planted_defect_lies_in_code_and_its_kind_is_one_that_the_task_names() -> None:
    for one in map(case, ("review", "security")):
        assert isinstance(one.expects, Defects)
        for planted in one.expects.planted:
            line = content(one)[planted.file].decode().splitlines()[planted.line - 1]
            assert line.strip()
            assert not line.strip().startswith(('"""', "#"))
            assert planted.kinds[0] in one.task


def test_the_code_of_the_suite_is_python_and_what_is_to_be_patched_may_be_run() -> None:
    for name in CASES:
        for file, body in content(case(name)).items():
            if file.endswith(".py"):
                ast.parse(body)
    assert code_problem(content(case("code_fix"))["slots.py"]) == ""


def test_the_logbook_says_each_fact_once_and_nothing_else_about_it() -> None:
    one = case("long_context")
    assert one.long_text is not None
    text = content(one)["logbook.txt"].decode()

    assert 100_000 <= len(text.encode()) < 101_000
    assert Counter(line[5:] for line in text.splitlines())["A crate of type K9 arrived."] == 5
    last = [line for line in text.splitlines() if "limit of the feed valve" in line][-1]
    assert last.endswith("38 bar.")
    for word, times in (("blue cabinet", 1), ("7316", 1), ("brass key", 2), ("the boat", 1), ("K9", 5)):
        assert text.count(word) == times


def test_the_picture_shows_what_is_expected() -> None:
    rows = colours(content(case("multimodal"))["squares.png"])
    said = {one["question"]: one["answer"] for one in scripted()["multimodal"]["answers"]}
    times = Counter(colour for row in rows for colour in row)
    (single,) = [colour for colour, count in times.items() if count == 1]
    (at,) = [(y, x) for y, row in enumerate(rows) for x, colour in enumerate(row) if colour == single]

    assert said == {
        "corner": rows[0][-1],
        "reds": str(times["red"]),
        "single": single,
        "below": rows[at[0] + 1][at[1]],
    }


@pytest.mark.parametrize("name", SUITE_CONTRACTS)
def test_a_contract_of_the_suite_is_one_small_plain_object(name: str) -> None:
    schema = schema_of(name)
    text = json.dumps(schema)

    Draft202012Validator.check_schema(schema)
    assert len(text) <= LONGEST_SCHEMA
    assert not any(word in text for word in ("$ref", "$defs", "anyOf", '"default"', '"null"'))
    assert name not in CONTRACTS, "roles have contracts of their own"
    for answer in scripted().values():
        if answer["role"] == name:
            Draft202012Validator(schema).validate(answer)


def colours(png: bytes) -> list[list[str]]:
    """The colour in the middle of each square of a picture of four columns and three rows, four bits a dot."""
    chunks, at = {}, 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        chunks[kind] = png[at + 8 : at + 8 + size]
        at += 12 + size
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    data, stride = zlib.decompress(chunks[b"IDAT"]), width // 2 + 1
    names = {(220, 30, 30): "red", (30, 160, 60): "green", (245, 210, 40): "yellow", (40, 80, 210): "blue"}

    def colour(x: int, y: int) -> str:
        dots = data[y * stride + 1 + x // 2]
        index = dots >> 4 if x % 2 == 0 else dots & 15
        red, green, blue = chunks[b"PLTE"][3 * index : 3 * index + 3]
        return names[red, green, blue]

    columns, rows = [width * (2 * n + 1) // 8 for n in range(4)], [height * (2 * n + 1) // 6 for n in range(3)]
    return [[colour(x, y) for x in columns] for y in rows]


def _project(name: str) -> list[Path]:
    return [path for path in (SUITE_FOLDER / name / "project").rglob("*") if path.is_file()]
