"""What `plan`, `catalog` and `explain` say so that the next step is known: warnings, hints, what there is."""

import json
from pathlib import Path

from ccorch.schema.handoff import CONTRACTS
from tests.frontends.houses import Stage
from tests.plan_kit import PROFILE

PLANNED = ("plan", "profile=scripted", "task=x")


def flat(text: str) -> str:
    """The words of a text, wherever its lines break."""
    return " ".join(text.split())


def test_a_role_that_a_workflow_does_not_use_is_said(tmp_path: Path) -> None:
    ignored = Stage(tmp_path).ccorch(*PLANNED, "workflow=review_team", "role=security")
    used = Stage(tmp_path).ccorch(*PLANNED, "role=security")

    assert "role=security changes nothing: every node of workflow review_team names its own role" in flat(
        ignored.out
    )
    assert "changes nothing" not in used.out


def test_an_image_that_nobody_sees_is_said(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 8)

    blind = Stage(tmp_path).ccorch(*PLANNED, "role=review", "attach=[shot.png]")
    seeing = Stage(tmp_path).ccorch(*PLANNED, "role=multimodal", "attach=[shot.png]")

    assert "shot.png will not be seen by main: its role has images=false" in flat(blind.out)
    assert "will not be seen" not in flat(seeing.out)


def test_a_model_that_the_profile_does_not_name_is_said(tmp_path: Path) -> None:
    other = Stage(tmp_path).ccorch(*PLANNED, "model=zzz")
    named = Stage(tmp_path).ccorch(*PLANNED, f"model={PROFILE.models.balanced}")

    assert "profile scripted does not name model 'zzz'; it names " in flat(other.out)
    assert "does not name" not in named.out


def test_a_declared_fallback_is_told_as_what_will_be_taken(tmp_path: Path) -> None:
    other = f"routing.fallbacks={{quota: [{{profile: scripted, model: {PROFILE.models.balanced}}}]}}"
    planned = Stage(tmp_path).ccorch(*PLANNED, "model=zzz", "cost.unpriced=allow", other)

    assert "falls back on quota to scripted" in flat(planned.out), planned
    assert "not taken" not in planned.out


def test_the_worst_case_of_a_node_agrees_with_that_of_the_run(tmp_path: Path) -> None:
    said = (
        Stage(tmp_path).ccorch(*PLANNED, "cost.usd_per_run=0.01", "prices.models.scripted-balanced.input=100").out
    )

    assert "≤ $0.01" in said
    assert "worst case in all: $0.01 (limit $0.01; without it up to $" in said


def test_above_the_ceiling_the_hint_names_the_owners_file(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch(*PLANNED, "cost.usd_per_run=100")

    assert said.status == 3
    assert str(tmp_path / "user/ceiling.yaml") in said.err


def test_without_a_profile_the_ways_to_one_are_told(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch("plan", "task=x")

    assert said.status == 2
    assert "no usable profile" in said.err
    assert "ANTHROPIC_AUTH_TOKEN" in said.err
    assert f"profiles.native in {tmp_path / 'user/config.yaml'}" in said.err


def test_the_catalog_lists_profiles_scripts_handoffs_and_the_ceiling(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user/config.yaml").write_text("label: x\n")
    stage = Stage(tmp_path)

    def names(path: str) -> dict[str, str]:
        groups = json.loads(stage.ccorch("catalog", path, "--json").out)["groups"]
        return {option["name"]: option["summary"] for option in groups[-1]["options"]}

    assert {"hello", "demo", "default"} <= names("scripts").keys()
    assert names("handoffs").keys() == CONTRACTS.keys()
    assert "findings" in names("handoffs")["review"]
    assert names("ceiling")["max_concurrent"].startswith("4: Most workers")
    assert names("ceiling")["write_from_mcp"].startswith("false: ")
    assert names("")["scripted"].startswith("scripted: ")
    assert names("profiles")["(your own)"].startswith("write profiles.native.NAME")


def test_a_broken_configuration_can_still_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".ccorch").mkdir()
    (tmp_path / ".ccorch/config.yaml").write_text("policy: {max_turns: 0}\n")

    assert Stage(tmp_path).ccorch("catalog").status == 0


def test_explain_says_what_the_ceiling_makes_of_a_key(tmp_path: Path) -> None:
    null = Stage(tmp_path).ccorch("explain", "cost.usd_per_run", "cost.usd_per_run=null").out
    turns = Stage(tmp_path).ccorch("explain", "policy.max_turns").out
    sandbox = Stage(tmp_path).ccorch("explain", "policy.sandbox").out
    task = Stage(tmp_path).ccorch("explain", "task").out

    assert (
        f"ceiling  5.0 holds, because the value is null (usd_per_run in {tmp_path / 'user/ceiling.yaml'})" in null
    )
    assert "ceiling  at most 400" in turns
    assert "ceiling  at least off where writing is on (sandbox in" in sandbox
    assert "set by   nobody yet; every run is given its own with task=…" in task
    assert "no task yet" not in task


def test_the_reply_of_plan_is_not_mistaken_for_a_plan(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    reply = tmp_path / "reply.json"
    reply.write_text(stage.ccorch(*PLANNED, "--json").out)

    said = stage.ccorch("run", "--plan", str(reply))

    assert said.status == 2
    assert "is the reply of `plan --json`" in said.err
    assert "--out FILE" in said.err


def test_a_plan_replaces_a_plan_and_nothing_else(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    file = tmp_path / "notes.txt"
    file.write_text("keep me\n")
    plan = tmp_path / "plan.json"
    plan.write_text("")

    refused = stage.ccorch(*PLANNED, "--out", str(file))
    written = [stage.ccorch(*PLANNED, "--out", str(plan)).status for _ in range(2)]

    assert (refused.status, file.read_text()) == (2, "keep me\n")
    assert "exists and is no plan; it is left as it is" in refused.err
    assert written == [0, 0]


def test_a_plan_of_another_project_is_asked_about(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.has_commit = True
    plan = str(tmp_path / "plan.json")
    stage.ccorch(*PLANNED, "--out", plan)
    stage.has_commit = False

    said = stage.ccorch("run", "--plan", plan)

    assert said.status == 2
    assert f"is {tmp_path} the project it was made for?" in said.err
