"""A worker on the user's own login: its folder, no address and no token of ours, and the model that was planned."""

from pathlib import Path

import pytest

from ccorch.adapters.claude_code.environment import MANAGED, PLACE, environment, settings
from ccorch.errors import ProfileUnusable
from ccorch.ports import WorkOrder
from ccorch.schema.profile import Profile
from ccorch.schema.route import Route
from tests.adapters.claude_code.kit import PATH, PROFILE, Desk, node
from tests.fakes.official import Turn, login, official

OWN = PROFILE.model_copy(update={"name": "Claude Official", "id": "own", "kind": "subscription", "base_url": ""})


def order(desk: Desk, home: Path, model: str = "claude-sonnet-5", profile: Profile = OWN) -> WorkOrder:
    route = Route(profile="own", model=model, reason="test")
    made = desk.order(node(route=route), profile=profile, seat=None, secrets=())
    launch = made.launch.model_copy(update={"logins": {"own": str(home)}})
    return desk.order(made.node, profile=profile, seat=None, secrets=(), launch=launch)


def test_it_is_given_its_folder_and_a_home_of_its_own(desk: Desk, tmp_path: Path) -> None:
    asked = order(desk, tmp_path / "login")
    given, pinned = environment(asked, tmp_path / "attempt"), settings(asked)["env"]

    assert (given["CLAUDE_CONFIG_DIR"], given["HOME"]) == (str(tmp_path / "login"), str(tmp_path / "attempt/home"))
    assert [name for name in PLACE if name in given] == []
    assert {pinned[name] for name in (*PLACE, *MANAGED)} == {""}


def test_without_its_folder_it_is_not_started(desk: Desk, tmp_path: Path) -> None:
    asked = order(desk, tmp_path, profile=OWN.model_copy(update={"id": "other"}))

    with pytest.raises(ProfileUnusable, match="the folder of its login is not known"):
        environment(asked, tmp_path)


def test_one_of_claude_codes_own_names_becomes_its_own_model(desk: Desk, tmp_path: Path) -> None:
    home = login(tmp_path / "login")
    with official(tmp_path, (Turn("hello", usage=(7, 5, 0, 0)),)) as fake:
        asked = order(desk, home, "sonnet")
        passed = {"PATH": PATH, "LANG": "C.UTF-8", **fake.environment}
        launch = asked.launch.model_copy(update={"environment": passed})
        ending = desk.perform(desk.order(asked.node, profile=OWN, seat=None, secrets=(), launch=launch))

    assert ending.outcome == "done", ending
    assert [request["body"]["model"].startswith("claude-sonnet-") for request in fake.messages] == [True]
    assert [(line.usage.tokens, line.basis) for line in desk.booked] == [(12, "exact")]
