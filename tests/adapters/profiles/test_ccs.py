"""What the user keeps in ccs, in the spellings of its versions."""

import json
from pathlib import Path

import pytest

from tests.adapters.profiles.kit import CANARY, by_name, files, settings, sources

NEWEST = """
version: 13
accounts:
  work: {config_dir: ~/.ccs/instances/work, context_mode: isolated}
profiles:
  glm: {settings_file: ~/.ccs/glm.settings.json}
  work: {settings_file: work.settings.json}
  bare: {}
"""
SIX = """
version: 6
accounts: {work: {created: "2025-12-01T10:00:00Z"}}
profiles:
  glm: {type: api, settings: "~/.ccs/glm.settings.json"}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings(tmp_path / ".ccs/glm.settings.json", ANTHROPIC_MODEL="glm-5.1")
    settings(tmp_path / ".ccs/work.settings.json", ANTHROPIC_MODEL="m")
    (tmp_path / ".ccs/instances/work").mkdir(parents=True)
    return tmp_path


def test_version_13_has_settings_profiles_and_accounts(home: Path) -> None:
    (home / ".ccs/config.yaml").write_text(NEWEST)
    caller = files(home)

    found = {profile.key: profile for profile in caller.all(sources(ccs=True))}

    assert list(found) == ["ccs:glm", "ccs:work", "ccs:bare", "ccs-account:work"]
    glm, account = found["ccs:glm"], found["ccs-account:work"]
    assert (glm.name, glm.source, glm.unusable, glm.models.fast) == ("glm", "ccs", None, "glm-5.1")
    assert "no settings file" in str(found["ccs:bare"].unusable)
    assert (account.name, account.kind) == ("work", "subscription")
    carried = caller.carried([glm, account])
    assert carried.secrets == {"profile:ccs:glm": CANARY}
    assert carried.logins == {"ccs-account:work": str(home / ".ccs/instances/work")}


def test_version_6_names_its_settings_otherwise_and_no_folder(home: Path) -> None:
    (home / ".ccs/config.yaml").write_text(SIX)
    caller = files(home)

    found = by_name(caller.all(sources(ccs=True)))

    assert found["glm"].models.balanced == "glm-5.1"
    assert caller.carried([found["work"]]).logins == {"ccs-account:work": str(home / ".ccs/instances/work")}


def test_the_older_file_is_read_where_there_is_no_newer(home: Path) -> None:
    (home / ".ccs/config.json").write_text(json.dumps({"profiles": {"glm": "~/.ccs/glm.settings.json"}}))
    assert list(by_name(files(home).all(sources(ccs=True)))) == ["glm"]

    (home / ".ccs/config.yaml").write_text("version: 13\nprofiles: {}\n")
    assert files(home).all(sources(ccs=True)) == ()


@pytest.mark.parametrize("variable", ["CCS_DIR", "CCS_HOME"])
def test_its_folder_may_lie_elsewhere(home: Path, tmp_path_factory: pytest.TempPathFactory, variable: str) -> None:
    (home / ".ccs/config.yaml").write_text(NEWEST.replace("~/.ccs/", ""))
    named = home / ".ccs" if variable == "CCS_DIR" else home
    elsewhere = files(tmp_path_factory.mktemp("home"), **{variable: str(named)})

    assert len(elsewhere.all(sources(ccs=True))) == 4


@pytest.mark.parametrize("content", ["a: [", "- a\n", "\xff"])
def test_a_broken_file_is_one_profile_with_the_reason(home: Path, content: str) -> None:
    (home / ".ccs/config.yaml").write_bytes(content.encode("latin-1"))

    (found,) = files(home).all(sources(ccs=True))

    assert str(home / ".ccs/config.yaml") in str(found.unusable)


def test_without_ccs_there_is_nothing(tmp_path: Path) -> None:
    assert files(tmp_path).all(sources(ccs=True)) == ()


def test_an_account_without_its_folder_says_so(home: Path) -> None:
    (home / ".ccs/config.yaml").write_text("version: 13\naccounts: {gone: {}}\n")

    (gone,) = files(home).all(sources(ccs=True))

    assert "does not exist" in str(gone.unusable)
