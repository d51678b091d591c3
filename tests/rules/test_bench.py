"""How right an answer is: order does not matter, guessing earns little, and code that reaches out is not run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.bench import Checked, code_problem, of_answers, of_check, of_findings, patch_problem
from ccorch.rules.bench_text import long_text
from ccorch.schema.bench import BenchAnswers, BenchFinding, Defects, Fact, LongText, Planted, Question

KINDS = ("off_by_one", "wrong_unit", "race_condition")
PLANTED = tuple(Planted(file="a.py", line=line, kinds=(KINDS[line % 3],)) for line in (5, 12, 30))
QUESTIONS = (Question(name="code", accepts=("7316",)), Question(name="who", accepts=("Hanne", "Hanne B")))

findings = st.lists(
    st.builds(
        BenchFinding,
        file=st.sampled_from(["a.py", "./a.py", "b.py"]),
        line=st.integers(1, 40),
        kind=st.sampled_from([*KINDS, "Off by one", "wrong-unit"]),
    ),
    max_size=12,
)


def right(planted: Planted, off: int = 0) -> BenchFinding:
    """The finding that names a defect, so many lines beside it."""
    return BenchFinding(file=planted.file, line=planted.line + off, kind=planted.kinds[0])


def everything() -> list[BenchFinding]:
    """Every kind in every line."""
    return [BenchFinding(file="a.py", line=line, kind=kind) for line in range(1, 40) for kind in KINDS]


@given(findings, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[BenchFinding], chance: object) -> None:
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert of_findings(PLANTED, mixed) == of_findings(PLANTED, found)


@given(findings)
def test_a_share_is_a_share_and_only_what_is_right_is_whole(found: list[BenchFinding]) -> None:
    score = of_findings(PLANTED, found)

    assert 0 <= score.share <= 1
    assert (score.share == 1) == (score.reason == "")
    assert (score.share == 1) <= (len(found) == len(PLANTED))


@given(findings)
def test_one_more_guess_that_is_wrong_never_helps(found: list[BenchFinding]) -> None:
    guess = BenchFinding(file="c.py", line=1, kind="off_by_one")

    before, after = of_findings(PLANTED, found).share, of_findings(PLANTED, [*found, guess]).share

    assert after < before or after == before == 0


@given(st.sets(st.sampled_from(range(3))), st.sampled_from([-1, 0, 1]))
def test_every_defect_that_is_named_within_a_line_earns_its_part(named: set[int], off: int) -> None:
    score = of_findings(PLANTED, [right(PLANTED[place], off) for place in named])

    assert score.share == 2 * len(named) / (3 + len(named))


def test_listing_everything_earns_little() -> None:
    assert of_findings(PLANTED, everything()).share < 0.06
    assert of_findings(PLANTED, []).share == 0


def test_a_defect_told_twice_counts_as_one_and_a_mistake() -> None:
    score = of_findings(PLANTED, [*map(right, PLANTED), right(PLANTED[0], 1)])

    assert score.share == 6 / 7
    assert score.reason == "one defect told twice"


def test_what_was_missed_and_what_is_not_there_is_named() -> None:
    score = of_findings(PLANTED, [right(PLANTED[0]), right(PLANTED[1], 2)])

    assert score.reason == ("missed: a.py:12 off_by_one, a.py:30 off_by_one; not there: a.py:14 off_by_one")


def test_defects_that_one_finding_could_mean_alike_are_no_case() -> None:
    with pytest.raises(ValueError, match="too near"):
        Defects(handoff="bench_findings", planted=(PLANTED[0], PLANTED[0].model_copy(update={"line": 7})))


def answers(*said: tuple[str, str]) -> BenchAnswers:
    given = [{"question": question, "answer": answer} for question, answer in said]
    base = {"schema_version": 1, "role": "bench_answers", "status": "pass", "summary": "s"}
    return BenchAnswers.model_validate({**base, "answers": given})


@pytest.mark.parametrize("said", ["Hanne", " hanne.", "HANNE B", '"Hanne"', "hanne-b"])
def test_case_spaces_and_signs_at_the_ends_do_not_matter(said: str) -> None:
    assert of_answers(QUESTIONS, answers(("who", said), ("Code", "7316"))).share == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([("code", "7316")], "wrong: who is Hanne, not answered"),
        ([("code", "7316"), ("who", "Hanne"), ("who", "Milo")], "wrong: who is Hanne, not 'Hanne' and 'Milo'"),
        ([("code", "7316"), ("who", "it is Hanne")], "wrong: who is Hanne, not 'it is Hanne'"),
    ],
)
def test_no_answer_two_answers_and_a_sentence_are_wrong(said: list[tuple[str, str]], reason: str) -> None:
    score = of_answers(QUESTIONS, answers(*said))

    assert (score.share, score.reason) == (0.5, reason)


@given(st.text(max_size=300))
def test_only_the_last_line_of_a_check_is_a_score(said: str) -> None:
    assert of_check(Checked(f"{said}\nright 2 of 3")).share == 2 / 3
    assert of_check(Checked(f"right 3 of 3\n{said}x")).share == 0
    assert of_check(Checked("right 3 of 3", problem="it was ended")).share == 0


@pytest.mark.parametrize("said", ["", "right 4 of 3", "right 0 of 0", "right", "right 3 of 3 or so"])
def test_a_check_that_did_not_come_to_its_end_gives_nothing(said: str) -> None:
    assert of_check(Checked(said)).share == 0


PATCH = "--- a/slots.py\n+++ b/slots.py\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n"


def test_a_patch_of_the_file_that_may_change_is_taken() -> None:
    assert patch_problem(PATCH, ("slots.py",)) == ""
    assert patch_problem(f"diff --git a/slots.py b/slots.py\nindex 1..2 100644\n{PATCH}", ("slots.py",)) == ""
    assert patch_problem(PATCH.replace("-two", "--- a/old"), ("slots.py",)) == ""


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "just words",
        PATCH.replace("slots.py", "other.py"),
        PATCH.replace("a/slots.py", "a/../slots.py"),
        PATCH.replace("a/slots.py", "/etc/passwd"),
        PATCH.replace("--- a/slots.py", "--- /dev/null"),
        PATCH.replace("+++ b/slots.py", "+++ /dev/null"),
        PATCH + PATCH.replace("slots.py", "more.py"),
        "diff --git a/slots.py b/new.py\nrename from slots.py\nrename to new.py\n" + PATCH,
        "diff --git a/slots.py b/slots.py\nold mode 100644\nnew mode 120000\n" + PATCH,
        "diff --git a/slots.py b/slots.py\nnew file mode 100644\n" + PATCH,
        PATCH + "+x" * 60_000,
        # git counts the lines of a hunk itself
        PATCH.replace("2 @@", "900 @@") + "diff --git a/link b/link\nnew file mode 120000\n",
        PATCH.replace("-1,2 +", "-1,900 +") + "diff --git a/x b/x\n" + PATCH.replace("slots.py", "x"),
    ],
)
def test_a_patch_of_anything_else_is_refused(patch: str) -> None:
    assert patch_problem(patch, ("slots.py",))


@given(st.text(max_size=500))
def test_any_text_is_judged_as_a_patch_and_as_code(text: str) -> None:
    assert patch_problem(text, ("slots.py",)) is not None
    assert code_problem(text.encode()) is not None


def test_plain_functions_are_run() -> None:
    code = "def _sum(spans, *, more=0):\n    return sum(max(a, b) for a, b in sorted(spans)) + more\n"

    assert code_problem(code.encode()) == ""


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import system",
        "__import__('os')",
        "open('/etc/passwd')",
        "eval('1')",
        "getattr(f, 'x')",
        "().__class__",
        "f.func_globals",
        "(x for x in ()).gi_frame",
        "'{0.__class__}'.format(f)",
        "raise SystemExit(0)",
        "print('right 3 of 3')",
        "class A: pass",
        "__builtins__ = {}",
        "match f:\n    case object(__class__=c): pass",
        "def __getattr__(name): pass",
        "def (",
    ],
)
def test_code_that_reaches_out_is_not_run(line: str) -> None:
    assert code_problem(f"def f(): pass\n{line}\n".encode())


@pytest.mark.parametrize(
    "code",
    [
        b"# coding: utf-7\n# +AAo-import os\n",
        b"\n# -*- coding: utf-7 -*-\nx = 1 #+AAo-import os\n",
        b"# coding: raw_unicode_escape\n# \\u000aimport os\n",
        b"# coding: of-no-such-name\n",
        b"\xa7\r\r\n",
    ],
)
def test_code_is_judged_in_the_encoding_in_which_it_would_be_run(code: bytes) -> None:
    assert code_problem(code)


@given(st.text(min_size=1, max_size=10), st.lists(st.floats(0, 1), max_size=6))
def test_a_long_text_is_the_same_for_equal_seeds_and_holds_its_facts_in_order(
    seed: str, places: list[float]
) -> None:
    facts = tuple(Fact(at=at, text=f"Fact {number}.") for number, at in enumerate(sorted(places)))
    asked = LongText(file="log.txt", seed=seed, bytes=4_000, facts=facts)

    text = long_text(asked)

    assert text == long_text(asked)
    assert 4_000 <= len(text.encode()) <= 4_200 + 20 * len(facts)
    assert [line[5:] for line in text.splitlines() if "Fact" in line] == [fact.text for fact in facts]
