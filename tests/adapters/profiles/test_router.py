"""claude-code-router's gateway as one profile."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccorch.errors import ProfileUnusable
from ccorch.schema.profile import Profile
from tests.adapters.profiles.kit import CANARY, files, sources

OLDER = """{
  // where requests go
  "APIKEY": "$ROUTER_KEY", "PORT": 4567, "HOST": "0.0.0.0",
  "Providers": [{"name": "glm", "api_base_url": "https://x.invalid/chat//completions", "api_key": "sk-provider"},],
  /* by task */
  "Router": {"default": "glm,glm-5.1", "think": "ds,deepseek-v4-pro", "longContext": "x,y",},
}"""


def configure(home: Path, content: str | dict[str, Any]) -> None:
    folder = home / ".claude-code-router"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(content if isinstance(content, str) else json.dumps(content))


def only(home: Path, **environment: str) -> Profile:
    (found,) = files(home, **environment).all(sources(router=True))
    return found


def test_the_file_of_earlier_versions_is_read_with_comments_commas_and_variables(tmp_path: Path) -> None:
    configure(tmp_path, OLDER)
    found = only(tmp_path, ROUTER_KEY=CANARY)

    assert (found.name, found.base_url, found.unusable) == ("router", "http://127.0.0.1:4567", None)
    assert (found.models.strong, found.models.balanced, found.models.fast) == (
        "ds,deepseek-v4-pro",
        "glm,glm-5.1",
        "glm,glm-5.1",
    )
    assert "x.invalid" not in repr(found)
    carried = files(tmp_path, ROUTER_KEY=CANARY).carried([found])
    assert carried.secrets == {"profile:router": CANARY}


def test_a_variable_that_is_not_set_makes_it_unusable(tmp_path: Path) -> None:
    configure(tmp_path, OLDER)

    assert "ROUTER_KEY, which is not set" in str(only(tmp_path).unusable)


def test_without_a_key_its_own_word_is_sent_to_loopback_whatever_host_says(tmp_path: Path) -> None:
    configure(tmp_path, {"HOST": "192.0.2.7", "Router": {"default": "a,b"}})
    found = only(tmp_path)

    assert found.base_url == "http://127.0.0.1:3456"
    assert files(tmp_path).carried([found]).secrets == {"profile:router": "test"}


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:3456"),
        ("127.0.0.9", "http://127.0.0.9:3456"),
        ("localhost", "http://127.0.0.1:3456"),
        ("192.0.2.7", None),
        ("gateway.example.invalid", None),
    ],
)
def test_its_key_goes_to_addresses_of_this_machine_only(tmp_path: Path, host: str, url: str | None) -> None:
    configure(tmp_path, {"HOST": host, "APIKEY": CANARY, "Router": {"default": "a,b"}})
    found = only(tmp_path)

    assert (found.base_url or None) == url
    assert ("not an address of this machine" in str(found.unusable)) == (url is None)
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "does not hold valid JSON"),
        ("[]", "does not hold a JSON object"),
        ({"PORT": "x", "Router": {"default": "a,b"}}, "not a port number"),
        ({"PORT": 70_000, "Router": {"default": "a,b"}}, "not a port number"),
        ({"Router": {}}, "names no default model"),
    ],
)
def test_a_configuration_that_cannot_be_used_says_why(tmp_path: Path, content: Any, reason: str) -> None:
    configure(tmp_path, content)

    assert reason in str(only(tmp_path).unusable)


def store(home: Path, config: dict[str, Any], *keys: str) -> None:
    folder = home / ".claude-code-router"
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "config.sqlite")) as database:
        database.execute("CREATE TABLE app_config (key TEXT PRIMARY KEY, value_json TEXT, updated_at TEXT)")
        database.execute(
            "CREATE TABLE api_keys (id TEXT, name TEXT, encrypted_key TEXT, encryption TEXT, expires_at TEXT)"
        )
        database.execute("INSERT INTO app_config VALUES ('default', ?, '')", (json.dumps(config),))
        for key in keys:
            database.execute("INSERT INTO api_keys VALUES (?, '', ?, 'plain', '')", (key, key))
        database.commit()


def test_the_database_of_version_3_comes_before_the_file(tmp_path: Path) -> None:
    configure(tmp_path, OLDER)
    claude = {"agent": "claude-code", "model": "glm/glm-5.1", "opusModel": "glm/big", "haikuModel": ""}
    store(tmp_path, {"gateway": {"port": 4999, "host": "127.0.0.1"}, "profile": {"profiles": [claude]}}, CANARY)
    found = only(tmp_path)

    assert (found.base_url, found.unusable) == ("http://127.0.0.1:4999", None)
    assert (found.models.strong, found.models.balanced, found.models.fast) == (
        "glm/big",
        "glm/glm-5.1",
        "glm/glm-5.1",
    )
    assert files(tmp_path).carried([found]).secrets == {"profile:router": CANARY}


def test_a_damaged_database_is_a_profile_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / ".claude-code-router").mkdir()
    (tmp_path / ".claude-code-router/config.sqlite").write_bytes(b"no database")

    assert "config.sqlite" in str(only(tmp_path).unusable)


def test_a_key_is_not_sent_to_another_port_than_planned(tmp_path: Path) -> None:
    configure(tmp_path, {"APIKEY": CANARY, "Router": {"default": "a,b"}})
    found = only(tmp_path)
    configure(tmp_path, {"APIKEY": CANARY, "PORT": 9, "Router": {"default": "a,b"}})

    with pytest.raises(ProfileUnusable, match="not sent"):
        files(tmp_path).carried([found])


def test_without_it_there_is_nothing(tmp_path: Path) -> None:
    assert files(tmp_path).all(sources(router=True)) == ()
