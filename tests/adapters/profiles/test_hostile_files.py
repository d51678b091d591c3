"""Files of other tools are data: whatever lies in their place, profiles are listed soon, and nothing leaks."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ccorch.schema.profile import LiteLlm, NativeProfile, Profile, ProfileModels, SecretRef
from tests.adapters.profiles.kit import CANARY, files, settings, sources
from tests.effort import effort

SECONDS = 5.0
"""Processor time within which any of it is judged."""

Make = Callable[[Path], object]


def ccs(home: Path) -> tuple[Profile, ...]:
    """What ccs's files come to."""
    return files(home).all(sources(ccs=True))


def router(home: Path, **environment: str) -> Profile:
    """What claude-code-router's files come to."""
    (found,) = files(home, **environment).all(sources(router=True))
    return found


def put(path: Path, text: str) -> Path:
    """A file with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
@pytest.mark.parametrize("name", [".ccs/config.yaml", ".claude-code-router/config.json", "lite.yaml", "key"])
def test_nobody_waits_for_what_is_no_file(tmp_path: Path, make: Make, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    make(tmp_path / name)
    os.chmod(tmp_path / name, 0o600) if not (tmp_path / name).is_symlink() else None
    own = NativeProfile(
        base_url="https://example.invalid", auth=SecretRef(file="~/key"), models=ProfileModels(balanced="m")
    )
    lite = LiteLlm(base_url="https://example.invalid", auth=SecretRef(env="PATH"), config="~/lite.yaml")
    asked = sources(ccs=True, router=True, native={"own": own}, litellm={"lite": lite})

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path))
        found = files(tmp_path).all(asked)

    assert all(profile.unusable for profile in found)


def test_merges_that_double_are_refused_or_come_to_little(tmp_path: Path) -> None:
    grown = "".join(f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    put(tmp_path / ".ccs/config.yaml", "a0: &a0 {k: v}\n" + grown)

    def judged() -> None:
        # newer YAML readers merge a mapping once, whatever is written
        assert all("does not hold a YAML mapping" in str(profile.unusable) for profile in ccs(tmp_path))

    assert effort(judged, enough=SECONDS) < SECONDS


def test_one_mapping_that_is_merged_into_many_is_refused(tmp_path: Path) -> None:
    many = "".join(f"b{n}: {{<<: *a}}\n" for n in range(200))
    put(tmp_path / ".ccs/config.yaml", f"a: &a {{{', '.join(f'k{n}: 1' for n in range(1_000))}}}\n{many}")

    def judged() -> None:
        (found,) = ccs(tmp_path)
        assert "does not hold a YAML mapping" in str(found.unusable)

    assert effort(judged, enough=SECONDS) < SECONDS


@pytest.mark.parametrize("text", ["/* " * 400_000, '"' + r"\"" * 400_000, "/*" + "*" * 800_000, ", " * 400_000])
def test_json_that_never_ends_is_refused_soon(tmp_path: Path, text: str) -> None:
    put(tmp_path / ".claude-code-router/config.json", text)

    def judged() -> None:
        assert "does not hold valid JSON" in str(router(tmp_path).unusable)

    assert effort(judged, enough=SECONDS) < SECONDS


@pytest.mark.parametrize("port", ["9" * 5000, "３４５６", "-1", "0"])
def test_a_port_is_a_small_plain_number(tmp_path: Path, port: str) -> None:
    put(tmp_path / ".claude-code-router/config.json", json.dumps({"PORT": port, "Router": {"default": "a,b"}}))

    assert "not a port number" in str(router(tmp_path).unusable)


def test_a_variable_in_the_place_of_an_address_is_not_told(tmp_path: Path) -> None:
    config = {"HOST": "$OTHER_KEY", "APIKEY": "x", "Router": {"default": "a,b"}}
    put(tmp_path / ".claude-code-router/config.json", json.dumps(config))

    assert CANARY not in repr(router(tmp_path, OTHER_KEY=CANARY))


def test_a_path_with_a_null_byte_is_a_profile_with_the_reason(tmp_path: Path) -> None:
    put(
        tmp_path / ".ccs/config.yaml",
        'profiles: {"x": {settings: "a\\0b"}}\naccounts: {y: {config_dir: "a\\0b"}}\n',
    )

    assert all(profile.unusable for profile in ccs(tmp_path))


@pytest.mark.parametrize("file", ["~nobody-is-called-so/key", "key", "./key"])
def test_a_credential_file_is_named_by_its_whole_path(tmp_path: Path, file: str) -> None:
    own = NativeProfile(
        base_url="https://example.invalid", auth=SecretRef(file=file), models=ProfileModels(balanced="m")
    )

    (found,) = files(tmp_path).all(sources(native={"own": own}))

    assert "whole path" in str(found.unusable)


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{CANARY}@example.invalid/",
        f"https://example.invalid/?key={CANARY}",
        f"https://example.invalid/#{CANARY}",
        f"ftp://{CANARY}",
        f"https://example.invalid/\n{CANARY}",
    ],
)
def test_an_address_of_the_environment_that_may_hold_a_credential_is_neither_used_nor_told(url: str) -> None:
    caller = files(Path("/"), ANTHROPIC_API_KEY="x", ANTHROPIC_BASE_URL=url)

    (found,) = caller.all(sources(env=True))

    assert "ANTHROPIC_BASE_URL is not a plain http(s) address" in str(found.unusable)
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.anthropic.com\u2044evil.example",
        "https://\u0430pi.anthropic.com",
        "https://example.invalid:99999999",
        "https://[example",
        "https://:443/",
    ],
)
def test_an_address_that_is_not_what_it_seems_is_not_used(tmp_path: Path, url: str) -> None:
    settings(tmp_path / "mine.json", url)

    (found,) = files(tmp_path).all(sources(settings=("~/mine.json",)))

    assert "not a plain http(s) address" in str(found.unusable)
