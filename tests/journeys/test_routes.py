"""Every role's route is explained, layers decide it, and plan, routes and show tell the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.records import RecordFiles
from ccorch.adapters.run_folder.layout import State
from ccorch.schema.event import Ended, Event, ModelServed, Started
from ccorch.schema.experience import SUITE, BenchResult
from ccorch.schema.handoff import CONTRACTS
from ccorch.schema.route import Route
from ccorch.views.scores import scores
from tests.adapters.cc_switch.fixtures import GLM, OFFICIAL, SIX, Provider, folder, third_party
from tests.journeys.kit import finished, node, submit
from tests.journeys.test_cc_switch import WORDS, script, serving
from tests.journeys.test_isolation import provider
from tests.machine import Machine
from tests.plan_kit import PROFILE, plan
from tests.plan_kit import node as planned

MOONSHOT = Provider(
    "moonshot", "Kimi", third_party("m", "https://example.invalid", ANTHROPIC_MODEL="kimi-k2.7-code"), sort_index=7
)
LAYER = "routing:\n  preferences:\n    review: {profiles: [moonshot]}\n    default: {models: [glm-5.1]}\n"
CHAIN = "routing.fallbacks.quota=[{profile: moonshot}]"


def routes(box: Machine, *words: str) -> dict[str, Any]:
    return {one["role"]: one for one in box.json("routes", *words)["routes"]}


def measured(box: Machine, times: int) -> None:
    """Perfect results of Kimi, as a benchmark leaves them."""
    records = RecordFiles(State(box.state).records)
    for _ in range(times):
        records.add(
            BenchResult(
                at=1.0, suite=SUITE, case="review", profile="moonshot", model="kimi-k2.7-code", score=1.0, run="r"
            )
        )


def test_every_role_is_explained_on_a_database_of_today(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    found = routes(box)

    assert set(found) == set(CONTRACTS)
    for one in found.values():
        assert (one["profile"], one["model"], one["error"]) == ("Zhipu GLM", "glm-5.1", None)
        assert f"of 10 for {one['role']} (belief of family glm-5)" in one["reason"]
        assert f"asks for tier {one['tier']}" in one["reason"]
        assert (one["usd_input"], one["usd_output"]) == (0.7, 2.2)
        assert any("Kimi · kimi-k2.7-code would win with" in said for said in one["would_change"])
        assert any("AiHubMix" in said for said in (one["reason"], *one["would_change"]))


def test_plan_and_routes_agree_for_every_strategy(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))

    for role, words in (
        ("review", ()),
        ("documentation", ("routing=cheap", CHAIN)),
        ("multimodal", ("routing=strong", "role.tier=fast")),
    ):
        found = routes(box, *words)[role]
        [planned] = box.json("plan", f"role={role}", *words, "task=look")["nodes"]
        same = ("profile", "model", "reason", "score", "fallbacks")
        assert {key: planned[key] for key in same} == {key: found[key] for key in same}


def test_preferences_of_the_repository_and_of_the_user_decide(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    (box.project / ".ccorch").mkdir()
    (box.project / ".ccorch/config.yaml").write_text(LAYER)
    of_project = routes(box)

    assert of_project["review"]["profile"] == "Kimi"
    assert "preferred by routing.preferences.review" in of_project["review"]["reason"]
    assert (
        "without routing.preferences.review would take Zhipu GLM · glm-5.1" in of_project["review"]["would_change"]
    )
    assert "model preferred by routing.preferences.default" in of_project["testing"]["reason"]

    (box.config / "config.yaml").write_text(
        "routing:\n  profile_aliases: {quick: moonshot}\n  preferences:\n    security: {profiles: [quick]}\n"
    )
    both = routes(box)
    assert (both["security"]["profile"], both["review"]["profile"]) == ("Kimi", "Kimi")
    assert both["testing"]["profile"] == "Zhipu GLM"


def test_a_preference_for_nobody_matches_nobody(box: Machine) -> None:
    folder(box.home, (OFFICIAL, serving("https://example.invalid", is_current=True), MOONSHOT))
    found = routes(box, "routing.preferences.default.profiles=[doesnotexist-9]", "--role", "review")["review"]

    assert (
        "routing.preferences.default fits nothing: profile 'doesnotexist-9' (none is called so)" in found["reason"]
    )
    assert found["profile"] == "Kimi"


def test_a_preference_for_almost_a_role_is_noted(box: Machine) -> None:
    folder(box.home)
    (box.config / "config.yaml").write_text("routing:\n  preferences:\n    securty: {profiles: [glm]}\n")

    assert "did you mean 'security'?" in box.ccorch("routes").out
    assert box.json("routes", "task_type=securty")["notes"] == []


def test_fallbacks_are_shown_priced_and_checked(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    both = "routing.fallbacks={quota: [{profile: moonshot}], overload: [{profile: moonshot}]}"
    told = box.ccorch("plan", both, "task=look")
    refused = box.ccorch(
        "plan", "routing.fallbacks.quota=[{profile: kimi}, {profile: nobody}, {profile: glm}]", "task=x"
    )

    assert "main falls back on quota, overload to Kimi · kimi-k2.7-code (≤ $2.00)" in " ".join(told.out.split())
    assert refused.status == 2
    assert "routing.fallbacks.quota.0" in refused.err
    assert "no price is known" in refused.err
    assert "no profile 'nobody'" in refused.err


def test_a_plan_keeps_its_fallbacks_whatever_is_configured_later(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    path = box.root / "p.json"
    words = ("worker=simulated", "role.handoff=null", "task=look")
    assert box.ccorch("plan", CHAIN, *words, "--out", str(path)).status == 0
    measured(box, 9)
    assert routes(box)["review"]["profile"] == "Kimi"

    result = box.ccorch("run", "--plan", str(path), "--detach")
    assert result.status == 0, result
    [planned] = json.loads(path.read_text())["nodes"]
    assert planned["route"]["profile"] == "Zhipu GLM"
    assert [way["profile"] for way in planned["route"]["fallbacks"]] == ["Kimi"]
    assert node(box, result.out.split()[0])["profile"] == "Zhipu GLM"


def test_results_move_the_route_and_calibration_records_it(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    nothing = box.ccorch("models", "calibrate", "--apply").out
    assert "no model that routes may choose was measured 3 times or more" in " ".join(nothing.split())
    measured(box, 9)
    moved = routes(box)["review"]

    assert moved["profile"] == "Kimi"
    assert "(belief of family kimi, 9 benchmark results)" in moved["reason"]
    [row] = box.json("models", "--model", "KIMI-K2.7-code")["models"]
    assert [(one["case"], one["results"], one["right"]) for one in row["bench"]] == [("review", 9, 1.0)]
    assert {one["capability"] for one in row["scores"] if one["measured"]} == {"code", "reasoning", "stability"}

    dry = box.json("models", "calibrate")
    assert (dry["recorded"], len(dry["roles"])) == (False, len(CONTRACTS))
    assert box.json("models", "calibrate", "--apply")["recorded"]
    assert "preferred by the recorded calibration" in routes(box)["review"]["reason"]
    assert box.json("models", "calibrate", "--forget")["forgotten"]
    assert "calibration" not in routes(box)["review"]["reason"]


def test_how_runs_went_moves_the_route_by_itself(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    assert routes(box)["review"]["profile"] == "Zhipu GLM"
    kimi = PROFILE.model_copy(update={"id": "moonshot", "name": "Kimi"})
    way = Route(profile="Kimi", model="kimi-k2.7-code", reason="test")
    log: list[Event] = [
        ModelServed(node="main", attempt=1, line=1, model="kimi-k2.7-code"),
        Ended(node="main", attempt=1, passed=True),
    ]
    began, asked = Started(node="main", attempt=1), plan(planned("main", route=way), profiles=(kimi,))
    records = RecordFiles(State(box.state).records)
    for number in range(9):
        for found in scores(f"{number:016x}", asked, [began, *log], 1.0):
            records.add(found)

    moved = routes(box)["review"]
    assert moved["profile"] == "Kimi"
    assert "9 judgements" in moved["reason"]


def test_the_strategy_report_replaces_only_itself(box: Machine) -> None:
    folder(box.home, (*SIX, MOONSHOT))
    page, notes = box.root / "routes.md", box.root / "notes.md"
    notes.write_text("# Mine\n")

    for _ in range(2):
        assert box.ccorch("routes", "--out", str(page)).status == 0
    text = page.read_text()
    assert text.count("\n## ") == len(CONTRACTS) + 1
    assert "| review | balanced | Zhipu GLM · glm-5.1 | 8.4 | 0.7 / 2.2 | none |" in text
    assert "GitHub Copilot" in text
    refused = box.ccorch("routes", "--out", str(notes))
    assert (refused.status, notes.read_text()) == (2, "# Mine\n")
    assert "is no strategy report" in refused.err


def test_roles_without_a_route_say_why_and_fail_nothing(box: Machine) -> None:
    (box.project / ".ccorch/roles").mkdir(parents=True)
    (box.project / ".ccorch/roles/mine.yaml").write_text("# Mine.\nname: mine\nsummary: x\nprompt: x\ntier: best\n")
    told = box.ccorch("routes")
    found = routes(box)

    assert told.status == 0, told
    assert "NO ROUTE" in told.out
    assert "! no route for" in told.out
    assert found["review"]["error"] == "PROFILE_UNUSABLE"
    assert "no usable profile" in found["review"]["reason"]
    assert (found["mine"]["error"], found["mine"]["tier"]) == ("CONFIG_INVALID", None)
    assert "mine.yaml:5" in found["mine"]["reason"]
    assert box.ccorch("routes", "--role", "nobody").status == 4
    for said in (told.out, box.ccorch("routes", "--role", "review").out):
        assert "export ANTHROPIC_AUTH_TOKEN" in said
        assert "what would change" not in said


def test_a_database_that_cannot_be_read_is_named_wherever_a_profile_is_missed(box: Machine) -> None:
    place = folder(box.home)
    (place / "cc-switch.db").write_bytes((place / "cc-switch.db").read_bytes()[:5000])
    said = [box.ccorch(*words) for words in (("routes",), ("plan", "task=x"), ("plan", "task=x", "profile=glm"))]

    assert [one.status for one in said] == [0, 2, 2]
    assert all("cc-switch.db is damaged or cut off" in " ".join((one.out + one.err).split()) for one in said)


def test_what_a_plan_pays_is_called_a_plan_and_no_unknown_price(box: Machine) -> None:
    folder(box.home, (OFFICIAL,))
    (box.home / ".claude").mkdir()
    login = {"claudeAiOauth": {"accessToken": "x", "refreshToken": "y", "expiresAt": 9_999_999_999_999}}
    (box.home / ".claude/.credentials.json").write_text(json.dumps(login))
    report = box.root / "report.md"

    listed = box.ccorch("routes", "--role", "review", "--out", str(report)).out
    assert "Claude Official/sonnet" in listed
    assert "unknown" not in listed
    assert "| a plan |" in report.read_text()
    assert "where the login leads" in box.ccorch("profiles", "show", "claude-official").out


def test_a_real_worker_shows_the_reason_that_was_planned(box: Machine, tmp_path: Path) -> None:
    with provider(script(box), box.root / "books.ndjson") as url:
        folder(box.home, (GLM, serving(url)))
        words = ("routing.preferences.review.profiles=[mine]", *WORDS)
        reason = routes(box, *words)["review"]["reason"]
        run = submit(box, *words)
        assert finished(box, run) == "done"

    assert "profile preferred by routing.preferences.review" in reason
    assert node(box, run)["route_reason"] == reason
    shown = " ".join(box.ccorch("show", run, "--node", "main").out.split())
    assert f"route: {reason}" in shown


@pytest.mark.parametrize("words", [("routes",), ("models",), ("models", "calibrate")])
def test_looking_writes_nothing(box: Machine, words: tuple[str, ...]) -> None:
    folder(box.home, SIX)

    assert box.ccorch(*words).status == 0
    assert not (box.state / "models").exists()
    assert not (box.project / ".agent-workspace").exists()
