"""`profiles`: what is told of every profile, of one, and of a check; never a secret."""

import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ccorch.frontends.cli.routing import routes
from ccorch.frontends.cli.screen import Screen
from ccorch.operations.house import House
from ccorch.operations.role_routes import RoutesReply
from ccorch.rules.marks import mark
from ccorch.schema.event import Caller, Ended, Event, Finished, ModelServed, Started, ToolCalled, WorkerReady
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.price import ModelPrice, Prices
from ccorch.schema.profile import Hint, Profile, ProfileModels, Profiles, SecretRef
from tests.fakes.outside import NoSecrets
from tests.fakes.records import MemoryRecords
from tests.frontends.houses import RUN, Said, Stage
from tests.plan_kit import HASH, PROFILE

KEY = "sk-ant-api03-" + "Q7" * 20
GLM = Profile(
    name="Zhipu GLM",
    id="glm",
    source="ccswitch",
    base_url="https://open.bigmodel.cn/api/anthropic",
    models=ProfileModels(strong="glm-5.2", balanced="glm-5.2", fast="glm-4.7"),
    multiplier=0.5,
    tuning={"API_TIMEOUT_MS": "3000000"},
    current=True,
    fingerprint=HASH,
)
OWN = Profile(
    name="own",
    source="native",
    base_url="https://<me>:<word>@own.example/v?key=<word>",
    secret=SecretRef(command=("pass", KEY)),
    models=ProfileModels(balanced="nobody-knows-it"),
    fingerprint=HASH,
)
COPILOT = Profile(
    name='GitHub "Copilot" 🎉',
    id="copilot",
    source="ccswitch",
    base_url="https://api.githubcopilot.com",
    models=ProfileModels(balanced="claude-sonnet-5"),
    unusable=f"its account is managed by CC Switch and works only inside its proxy; it said {KEY}",
    fingerprint=HASH,
)
PLAN = GLM.model_copy(
    update={"name": "智谱", "id": "login", "kind": "subscription", "current": False, "base_url": "", "tuning": {}}
)
HINT = Hint(health=f"failed 3 min ago: {KEY}", spent_today_usd=1.25, limit_daily_usd=2.5, warnings=("no proxy",))


@dataclasses.dataclass
class Given(NoSecrets):
    """These profiles, with what is known of them."""

    profiles: Sequence[Profile]
    known: Mapping[str, Hint] = dataclasses.field(default_factory=dict)

    def all(self, sources: Profiles) -> tuple[Profile, ...]:
        return tuple(one for one in self.profiles if sources.ccswitch or one.source != "ccswitch")

    def prices(self, sources: Profiles) -> Prices:
        return Prices(dated="2026-08-20", models={"glm-5.2": ModelPrice(input=1.4, output=4.4)})

    def hints(self, sources: Profiles) -> Mapping[str, Hint]:
        return self.known


class Shop(Stage):
    """A house with these profiles; its worker answers with the word that lies in its project."""

    def __init__(self, project: Path, *profiles: Profile, play: Sequence[Event] = (), answers: bool = True) -> None:
        super().__init__(project, play)
        self.profiles, self.answers = Given(profiles), answers
        self.records = MemoryRecords()

    def house(self, by: Caller = "terminal", project: Path | None = None) -> House:
        return dataclasses.replace(super().house(by, project), profiles=self.profiles, records=self.records)

    def _pause(self, seconds: float) -> None:
        word = (self.project / f"bench/check-{RUN}/word.txt").read_bytes() if self.answers else b"no idea"
        self.library.files[RUN, "nodes/main/1/answer.md"] = b"It is " + word
        super()._pause(seconds)


def worked(*more: Event, passed: bool = True, **ending: Any) -> tuple[Event, ...]:
    """A worker's play."""
    ready = WorkerReady(node="main", attempt=1, line=1, model="glm-5.2", cli_version="2.1.0", tools=("Read",))
    served = ModelServed(node="main", attempt=1, line=2, model="glm-5.2")
    ended = Ended(node="main", attempt=1, passed=passed, **ending)
    return (Started(node="main", attempt=1), ready, served, *more, ended, Finished(status="done"))


READ = ToolCalled(node="main", attempt=1, line=3, tool="Read", target="word.txt")


def test_the_list_tells_models_price_and_host_of_each_and_why_not(tmp_path: Path) -> None:
    shop = Shop(tmp_path, PROFILE, GLM, OWN, COPILOT, PLAN)
    shop.profiles.known = {"glm": HINT}

    lines = shop.ccorch("profiles", width=100).out.splitlines()

    assert lines[2].split("  ")[0] == "Zhipu GLM (current)"
    assert "open.bigmodel.cn glm-5.2, fast glm-4.7" in " ".join(lines[2].split())
    assert lines[2].endswith("$0.70/$2.20")
    assert lines[3].strip() == "failed 3 min ago: [redacted:anthropic_key]; spent today $1.25 of $2.50"
    assert lines[4].startswith("own ")
    assert lines[4].endswith("unknown")
    assert lines[5].startswith('GitHub "Copilot" 🎉')
    assert lines[6].strip().startswith("! its account is managed by CC Switch")
    assert all(line.startswith("    ") for line in lines[6:8])
    assert lines[8].startswith("智谱")
    assert lines[8].endswith("plan")


def test_a_list_can_be_narrowed_by_source_and_by_overrides(tmp_path: Path) -> None:
    shop = Shop(tmp_path, PROFILE, GLM, OWN)

    assert [row["name"] for row in told(shop.ccorch("profiles", "--source", "ccswitch", "--json"))["profiles"]] == [
        "Zhipu GLM"
    ]
    assert len(told(shop.ccorch("profiles", "profiles.ccswitch=false", "--json"))["profiles"]) == 2
    assert "sources are scripted, env" in shop.ccorch("profiles", "--source", "cc").err


def test_twins_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    twin = GLM.model_copy(update={"id": "twin", "current": False})
    shop = Shop(tmp_path, GLM, twin)

    assert [row["profile"] for row in told(shop.ccorch("profiles", "--json"))["profiles"]] == ["glm", "twin"]
    assert "Zhipu GLM (id twin)" in shop.ccorch("profiles").out
    said = shop.ccorch("profiles", "show", "Zhipu GLM")
    assert (said.status, "glm (ccswitch), twin (ccswitch)" in said.err) == (2, True)


@pytest.mark.parametrize("profiles", [(), (PROFILE,), (PROFILE, COPILOT)])
def test_where_nothing_can_be_launched_the_ways_to_a_profile_are_told(
    tmp_path: Path, profiles: tuple[Profile, ...]
) -> None:
    assert "export ANTHROPIC_AUTH_TOKEN" in shop_words(Shop(tmp_path, *profiles), "profiles")


def test_one_profile_is_shown_with_everything_but_its_secret(tmp_path: Path) -> None:
    shop = Shop(tmp_path, GLM, OWN)
    shop.profiles.known = {"glm": HINT}
    found = ProfileCheck(at=1.0, profile="glm", fingerprint=mark(GLM), model="glm-5.2", ok=True, seconds=2.0)
    shop.records.add(found)
    shop.records.add(found.model_copy(update={"fingerprint": "0" * 64, "ok": False, "reason": "another endpoint"}))

    said = shop.ccorch("profiles", "show", "zhipu glm").out

    for words in (
        "Zhipu GLM · the current one",
        "https://open.bigmodel.cn/api/anthropic",
        "kept by CC Switch, read when a worker starts, sent as bearer",
        "0.5 of list prices",
        "glm-5.2 · $0.70/$2.20 per million tokens in/out, as of 2026-08-20",
        "glm-4.7 · ",
        "API_TIMEOUT_MS=3000000",
        "spent today $1.25 of $2.50",
        "! no proxy",
        "glm-5.2 called a tool and answered in 2.0s",
    ):
        assert words in said
    assert "another endpoint" not in said


def test_an_alias_names_a_profile_too(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user/config.yaml").write_text("routing:\n  profile_aliases: {cheap: glm}\n")

    assert "Zhipu GLM" in shop_words(Shop(tmp_path, GLM), "profiles", "show", "cheap")


@pytest.mark.parametrize("words", [("profiles",), ("profiles", "show", "own"), ("profiles", "show", "copilot")])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nothing_that_looks_like_a_key_is_ever_told(
    tmp_path: Path, words: tuple[str, ...], form: tuple[str, ...]
) -> None:
    shop = Shop(tmp_path, GLM, OWN, COPILOT)
    shop.profiles.known = {"glm": HINT, "own": HINT}

    said = shop.ccorch(*words, *form).out

    assert KEY not in said
    assert "<" not in said.replace("<$", "")


def test_an_unknown_profile_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    said = Shop(tmp_path, GLM).ccorch("profiles", "show", "zhipu GML")

    assert said.status == 2
    assert "Did you mean 'Zhipu GLM'?" in said.err


def test_a_check_that_finds_the_word_is_kept_as_good(tmp_path: Path) -> None:
    shop = Shop(tmp_path, GLM, play=worked(READ))

    said = shop.ccorch("profiles", "check", "glm")

    assert said.status == 0, said
    assert "asking Zhipu GLM for one word with glm-5.2: at most $0.05 and 2 min" in said.err
    assert "Zhipu GLM ok: glm-5.2 called a tool and answered" in said.out
    (kept,) = shop.records.found.checks
    assert (kept.ok, kept.tools, kept.served, kept.profile, kept.run) == (True, True, "glm-5.2", "glm", RUN)
    assert kept.fingerprint == mark(GLM)
    submitted = shop.library.submissions[RUN]
    assert submitted.plan.nodes[0].role.tools == ("Read",)
    assert Path(submitted.launch.project).parent == tmp_path / "bench"
    assert (tmp_path / "bench").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("play", "answers", "tools", "words"),
    [
        (worked(), True, False, "without reading the file"),
        (worked(READ), False, False, "its answer is not the word"),
        (
            worked(passed=False, outcome="auth_failed", reason="refused with 401"),
            False,
            None,
            "check its credential",
        ),
        (worked(passed=False, outcome="route_mismatch", reason="other"), False, None, "model=ID"),
        (worked(passed=False, outcome="timed_out", reason="late"), False, None, "--timeout"),
        (worked(passed=False, outcome="budget_spent", reason="402"), False, None, "cost.usd_per_run"),
        (worked(passed=False, outcome="killed", reason="9"), False, None, f"ccorch show {RUN}"),
    ],
)
def test_a_check_that_fails_says_why_and_what_to_do(
    tmp_path: Path, play: tuple[Event, ...], answers: bool, tools: bool | None, words: str
) -> None:
    shop = Shop(tmp_path, GLM, play=play, answers=answers)

    said = shop.ccorch("profiles", "check", "glm")

    assert said.status == 1, said
    assert words in " ".join(said.out.split())
    (kept,) = shop.records.found.checks
    assert (kept.ok, kept.tools) == (False, tools)


def test_a_check_is_given_up_when_nothing_comes(tmp_path: Path) -> None:
    shop = Shop(tmp_path, GLM, play=(Started(node="main", attempt=1),))
    shop.engine.obeys = False

    said = shop.ccorch("profiles", "check", "glm", "--timeout", "5")

    assert (said.status, shop.engine.stopped) == (1, ["the check was given up"])
    assert "the run did not end in time" in said.out


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("copilot",), 2, "its account is managed by CC Switch"),
        (("nobody",), 2, "no profile 'nobody'"),
        (("own",), 3, "no price is known for nobody-knows-it"),
        (("glm", "worker=simulated"), 2, "a check needs a real worker"),
        (("glm", "role.tools=[Bash]"), 2, "role.tools"),
    ],
)
def test_what_cannot_be_checked_is_refused_without_a_run(
    tmp_path: Path, words: tuple[str, ...], status: int, sentence: str
) -> None:
    shop = Shop(tmp_path, GLM, OWN, COPILOT)

    said = shop.ccorch("profiles", "check", *words)

    assert said.status == status, said
    assert sentence in said.err
    assert (shop.library.logs, shop.records.found.checks) == ({}, ())
    assert list((tmp_path / "bench").glob("*")) == []


def told(said: Said) -> Any:
    assert said.status == 0, said
    return json.loads(said.out) if said.out.startswith("{") else said.out


def shop_words(shop: Shop, *words: str) -> str:
    """What a command says, on one line."""
    said = shop.ccorch(*words)
    assert said.status == 0, said
    return " ".join(said.out.split())


def test_a_scripted_model_alone_is_no_profile_that_routes_would_take() -> None:
    reply = RoutesReply(
        strategy="balanced", routes=(), usable=1, known=1, benched=0, judged=0, calibration=None, advice="…"
    )
    told = [
        " ".join(routes(one, Screen(io.StringIO(), io.StringIO())))
        for one in (reply, reply.model_copy(update={"advice": None}))
    ]

    assert ["can be used (scripted, when it is named);" in one for one in told] == [True, False]
