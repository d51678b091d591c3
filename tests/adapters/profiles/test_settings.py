"""Plain Claude settings files as profiles."""

import json
from pathlib import Path

import pytest

from ccorch.errors import ProfileUnusable
from tests.adapters.profiles.kit import CANARY, by_name, files, launch, settings, sources


def test_each_file_of_a_glob_is_a_profile_with_its_name_and_effective_environment(tmp_path: Path) -> None:
    settings(
        tmp_path / "p/glm.json", ANTHROPIC_MODEL="glm-5.1", ANTHROPIC_SMALL_FAST_MODEL="glm-air", API_TIMEOUT_MS=3
    )
    settings(tmp_path / 'p/智谱 🎉 "quoted".json', "https://two.invalid/v1/", ANTHROPIC_MODEL="m")

    found = by_name(files(tmp_path).all(sources(settings=("~/p/*.json",))))

    glm, odd = found["glm"], found['智谱 🎉 "quoted"']
    assert (glm.id, glm.source, glm.unusable) == (str(tmp_path / "p/glm.json"), "settings", None)
    assert (glm.models.strong, glm.models.balanced, glm.models.fast) == ("glm-5.1", "glm-5.1", "glm-air")
    assert glm.tuning == {"API_TIMEOUT_MS": "3"}
    assert odd.base_url == "https://two.invalid"
    assert CANARY not in repr(found)


def test_a_file_is_listed_once_however_often_it_is_named(tmp_path: Path) -> None:
    path = settings(tmp_path / "glm.json")

    assert len(files(tmp_path).all(sources(settings=("~/glm.json", str(path), str(tmp_path / "*.json"))))) == 1


def test_two_files_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    paths = [settings(tmp_path / folder / "glm.json") for folder in "ab"]

    found = files(tmp_path).all(sources(settings=("~/*/glm.json",)))

    assert [(profile.name, profile.key) for profile in found] == [("glm", str(path)) for path in paths]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"env": {', "does not hold a JSON object"),
        ("[]", "does not hold a JSON object"),
        (json.dumps({"env": []}), "correct it in "),
        (json.dumps({"env": {"ANTHROPIC_BASE_URL": "https://x.invalid"}}), "but no credential"),
        (json.dumps({"env": {"ANTHROPIC_AUTH_TOKEN": "PROXY_MANAGED"}}), "PROXY_MANAGED"),
        (json.dumps({"env": {"ANTHROPIC_AUTH_TOKEN": "${KEY}"}}), "template"),
        (json.dumps({"env": {"ANTHROPIC_AUTH_TOKEN": CANARY}, "api_format": "openai_chat"}), "openai_chat"),
        (
            json.dumps({"env": {"ANTHROPIC_BASE_URL": "https://x.invalid"}, "apiKeyHelper": "echo x"}),
            "apiKeyHelper",
        ),
        (json.dumps({"env": {"ANTHROPIC_BASE_URL": f"https://u:{CANARY}@x.invalid"}}), "not a plain"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_quotes_nothing(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "mine.json").write_text(content)

    (found,) = files(tmp_path).all(sources(settings=("~/mine.json",)))

    assert found.name == "mine"
    assert reason in str(found.unusable)
    assert CANARY not in repr(found)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_file_that_is_not_there_is_a_profile_with_the_reason(tmp_path: Path, make: object) -> None:
    make(tmp_path / "mine.json")  # type: ignore[operator]

    (found,) = files(tmp_path).all(sources(settings=("~/mine.json",)))

    assert str(tmp_path / "mine.json") in str(found.unusable)


def test_a_glob_without_files_is_no_profile(tmp_path: Path) -> None:
    assert files(tmp_path).all(sources(settings=("~/none/*.json",))) == ()


def test_the_key_is_carried_by_the_caller_for_the_planned_endpoint_only(tmp_path: Path) -> None:
    path = settings(tmp_path / "glm.json")
    caller = files(tmp_path)
    (glm,) = caller.all(sources(settings=("~/glm.json",)))

    carried = caller.carried([glm])
    assert carried.secrets == {f"profile:{path}": CANARY}
    assert caller.secret(glm, launch(dict(carried.secrets))) == CANARY
    with pytest.raises(ProfileUnusable) as missing:
        caller.secret(glm, launch())
    assert "ccorch run --plan" in missing.value.hint

    settings(path, "https://elsewhere.invalid")
    with pytest.raises(ProfileUnusable, match="not sent"):
        caller.carried([glm])


def test_the_fingerprint_is_of_the_endpoint_and_never_of_the_key(tmp_path: Path) -> None:
    def mark(**env: str) -> str:
        settings(tmp_path / "glm.json", **env)
        return files(tmp_path).all(sources(settings=("~/glm.json",)))[0].fingerprint

    assert mark() == mark(ANTHROPIC_AUTH_TOKEN="another") != mark(ANTHROPIC_MODEL="m")


def test_settings_without_endpoint_and_key_are_the_users_own_login(tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text('{"permissions": {}}')
    caller = files(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "login"))
    (plain,) = caller.all(sources(settings=("~/plain.json",)))

    assert plain.kind == "subscription"
    assert caller.carried([plain]).logins == {plain.key: str(tmp_path / "login")}
