"""`ccorch models bench`: what it would cost, what counts, what is kept, and that nothing goes on by itself."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccorch.adapters.git import GitWorktrees
from ccorch.config.layers import packaged_folder
from ccorch.operations.bench_suite import case, project, tried
from ccorch.operations.house import House
from ccorch.rules.bench import of_check
from ccorch.schema.bench import Repair
from ccorch.schema.event import Ended, Event, Finished, Metered, ModelServed, Started
from ccorch.schema.experience import BenchResult
from tests.frontends.houses import RUN, Stage

ONE = ("models", "bench", "--profile", "scripted", "--case", "review")
FINDINGS = [
    {"file": "app/batch.py", "line": 8, "kind": "off_by_one"},
    {"file": "app/batch.py", "line": 12, "kind": "mutable_default"},
    {"file": "app/batch.py", "line": 30, "kind": "wrong comparison"},
    {"file": "./app/readings.py", "line": 20, "kind": "swallowed_error"},
]
BASE = {"schema_version": 1, "role": "bench_findings", "status": "pass", "summary": "s"}


def play(*ending: Event) -> list[Event | type[BaseException]]:
    return [
        Started(node="main", attempt=1),
        ModelServed(node="main", attempt=1, line=1, model="scripted-balanced"),
        Metered(
            node="main",
            attempt=1,
            model="scripted-balanced",
            input_tokens=10,
            output_tokens=1,
            usd=0.01,
            exact=True,
        ),
        *ending,
    ]


PASSED = (Ended(node="main", attempt=1, passed=True), Finished(status="done"))


def ended(outcome: Any, reason: str = "why") -> tuple[Event, ...]:
    return (
        Ended(node="main", attempt=1, passed=False, outcome=outcome, reason=reason),
        Finished(status="failed"),
    )


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return prepared(tmp_path, play(*PASSED), FINDINGS)


def prepared(at: Path, events: list[Event | type[BaseException]], findings: Any) -> Stage:
    stage = Stage(at, events)
    handoff = json.dumps({**BASE, "findings": findings})
    stage.library.files[RUN, "nodes/main/1/handoff.json"] = handoff.encode()
    return stage


def test_without_run_it_only_tells_what_it_would_cost(stage: Stage) -> None:
    said = stage.ccorch(*ONE, "--case", "long_context", "cost.unpriced=allow")

    assert said.status == 0
    assert said.out.splitlines() == [
        "suite 1 · 2 run(s)",
        "profile/model               case          worst",
        "scripted/scripted-balanced  review        ≤ $0.50",
        "scripted/scripted-balanced  long_context  ≤ $1.00",
        "worst case in all: $1.50",
        "! profile scripted: answers come from a script, not from a model",
        "nothing was started; run it with",
        "  ccorch models bench --profile scripted --case review --case long_context cost.unpriced=allow --run",
    ]
    assert stage.library.logs == {}
    assert stage.records.found.bench == ()


def test_a_limit_of_the_users_own_holds(stage: Stage) -> None:
    assert "worst case in all: $0.05" in stage.ccorch(*ONE, "cost.usd_per_run=0.05").out
    assert "worst case in all: $0.25" in stage.ccorch(*ONE, "cost=tight").out


def test_a_model_without_a_price_is_warned_of_and_not_run(stage: Stage) -> None:
    dry = stage.ccorch(*ONE, "--model", "nobody-knows")
    run = stage.ccorch(*ONE, "--model", "nobody-knows", "--run")

    assert "worst case in all: unknown" in dry.out
    assert "! no price known for nobody-knows: it is not run (cost.unpriced=refuse)" in dry.out
    assert run.status == 1
    assert "no price is known for nobody-knows" in run.err
    assert (stage.library.logs, stage.records.found.bench) == ({}, ())


def test_an_answer_is_judged_kept_and_told(stage: Stage) -> None:
    said = stage.ccorch(*ONE, "--run")

    assert said.status == 0
    assert said.err == "review scripted/scripted-balanced: right 89% (missed: app/readings.py:37 wrong_unit)\n"
    assert "right  time" in said.out
    (found,) = stage.records.found.bench
    assert isinstance(found, BenchResult)
    assert found.model_dump(exclude={"at", "seconds"}) == {
        "suite": "1",
        "case": "review",
        "profile": "scripted",
        "model": "scripted-balanced",
        "served": "scripted-balanced",
        "score": 8 / 9,
        "reason": "missed: app/readings.py:37 wrong_unit",
        "usd": 0.01,
        "run": RUN,
    }


def test_the_worker_gets_the_cases_own_role_whatever_the_users_layer_says(stage: Stage) -> None:
    user = stage.project / "user"
    (user / "roles").mkdir(parents=True)
    (user / "config.yaml").write_text(
        "# Mine.\ndefaults:\n  - /below/config\n  - override role: implementation\n"
        "  - override workflow: review_team\n  - _self_\npolicy: {write: true}\n"
    )

    assert stage.ccorch(*ONE, "--run").status == 0

    (node,) = stage.library.plan(RUN).nodes
    assert node.role.name == "bench_review"
    assert (node.role.handoff, node.role.tools, node.writes) == ("bench_findings", ("Read", "Grep", "Glob"), False)
    assert stage.library.plan(RUN).label == "bench:review"
    assert stage.library.submissions[RUN].launch.project.startswith(str(stage.project / "bench" / "review-"))


@pytest.mark.parametrize("outcome", ["no_handoff", "empty"])
def test_an_ending_without_an_answer_counts_when_it_is_the_models_own(tmp_path: Path, outcome: str) -> None:
    stage = prepared(tmp_path, play(*ended(outcome)), [])

    assert stage.ccorch(*ONE, "--run").status == 0
    assert [(found.score, found.reason) for found in stage.records.found.bench] == [(0, f"{outcome}: why")]


@pytest.mark.parametrize(
    "outcome", ["auth_failed", "budget_spent", "timed_out", "route_mismatch", "api_error", "killed", "start_failed"]
)
def test_an_ending_for_another_reason_is_told_and_not_kept(tmp_path: Path, outcome: str) -> None:
    stage = prepared(tmp_path, play(*ended(outcome)), [])

    said = stage.ccorch(*ONE, "--run")

    assert (said.status, stage.records.found.bench) == (1, ())
    assert said.err == f"review scripted/scripted-balanced: no answer that counts ({outcome}: why)\n"
    assert "no answer" in said.out


def test_when_the_time_is_over_the_rest_is_stopped(tmp_path: Path) -> None:
    stage = prepared(tmp_path, play(), [])

    said = stage.ccorch(*ONE, "--run", "--timeout", "3")

    assert said.status == 6
    assert "the time was over; what had not ended was stopped" in said.out
    assert stage.engine.stopped == ["the benchmark was ended"]
    assert stage.records.found.bench == ()


def test_ctrl_c_stops_what_was_started(tmp_path: Path) -> None:
    stage = prepared(tmp_path, [*play(), KeyboardInterrupt], [])

    assert stage.ccorch(*ONE, "--run").status == 130
    assert stage.engine.stopped == ["the benchmark was ended"]
    assert stage.records.found.bench == ()


def test_its_data_name_every_case(stage: Stage) -> None:
    data = json.loads(stage.ccorch(*ONE, "--run", "--json").out)

    assert (data["suite"], data["ran"], data["timed_out"]) == ("1", True, False)
    assert [(row["case"], row["state"], row["run_id"]) for row in data["rows"]] == [("review", "answered", RUN)]
    assert data["totals"][0]["answered"] == 1


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--case", "spelling"), 2, "no case 'spelling' in the suite"),
        (("--profile", "nobody"), 2, "no profile 'nobody'"),
        (("--profile", "scripted", "role.handoff=review"), 2, "role.handoff is set twice"),
        (("--profile", "scripted", "role=security"), 2, "role is set twice"),
        ((), 2, "no profile can be launched"),
    ],
)
def test_what_cannot_be_benched_is_refused(stage: Stage, words: tuple[str, ...], status: int, told: str) -> None:
    said = stage.ccorch("models", "bench", *words)

    assert said.status == status
    assert told in said.err


def house(stage: Stage) -> House:
    """A house with the real git."""
    return replace(stage.house(), worktrees=GitWorktrees(lambda attempt: stage.project))


def right_patch() -> str:
    roles = yaml.safe_load((Path(packaged_folder("conf")) / "scripts/bench.yaml").read_text("utf-8"))["roles"]
    return str(roles["bench_code_fix"][-1]["structured"]["patch"])


def test_the_right_patch_mends_all_and_leaves_nothing_behind(stage: Stage) -> None:
    assert of_check(tried(house(stage), case("code_fix"), right_patch())).share == 1
    assert list((stage.project / "bench").iterdir()) == []


def test_the_check_fails_on_what_is_not_patched(stage: Stage) -> None:
    nothing = (
        right_patch()
        .replace("<=", "<")
        .replace("max(result[-1][1], end)", "end")
        .replace("max(at, busy_end)", "busy_end")
    )
    comment = nothing.replace("+        at = busy_end", "+        at = busy_end  # mended")

    score = of_check(tried(house(stage), case("code_fix"), comment))

    assert score.share == 0
    assert score.reason.startswith("wrong: spans that touch stay apart")


def test_half_a_repair_earns_its_part(stage: Stage) -> None:
    partly = right_patch().replace("<=", "<")

    assert of_check(tried(house(stage), case("code_fix"), partly)).share == 2 / 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("max(at, busy_end)", "max(at, len(open('/etc/passwd').read()))"), "uses 'open'"),
        (("slots.py", "check.py"), "may change slots.py only"),
        (("     result = []", "     result = [1]"), "does not fit"),
        (("+        at = max(at, busy_end)", "+        while True: at = max(at, busy_end)"), "did not end within"),
        (("max(at, busy_end)", "max(at, busy_end"), "is no Python"),
    ],
)
def test_a_patch_that_is_no_repair_earns_nothing_and_says_why(
    stage: Stage, change: tuple[str, str], told: str
) -> None:
    found = tried(house(stage), case("code_fix"), right_patch().replace(*change), seconds=1.5)

    assert of_check(found).share == 0
    assert told in found.problem


def test_the_project_of_a_case_is_made_once_and_is_a_clean_commit(stage: Stage) -> None:
    real = house(stage)
    made = project(real, case("review"))
    (made / ".agent-workspace").mkdir()

    assert project(real, case("review")) == made
    head = real.worktrees.head(made)
    assert head.commit
    assert head.dirty is None
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o700, 0o700)
    owed = case("code_fix").expects
    assert isinstance(owed, Repair)
    assert not list(project(real, case("code_fix")).rglob(owed.check))
