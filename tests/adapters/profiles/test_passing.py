"""Which variables of the caller the workers of a profile are given."""

from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.profiles.secrets import GIVEN
from ccorch.errors import ConfigInvalid
from ccorch.rules.passing import PASSED
from ccorch.schema.profile import NativeProfile, PassThrough, Profile, ProfileModels, SecretRef
from tests.adapters.profiles.kit import CANARY, files, settings, sources


def native(home: Path, passes: tuple[str, ...], **more: Any) -> Profile:
    spec = NativeProfile(
        base_url="http://127.0.0.1:9",
        auth=SecretRef(env="KEY"),
        models=ProfileModels(),
        passes=passes,
        multiplier=0.5,
    )
    (found,) = files(home, KEY=CANARY).all(sources(native={"mine": spec}, **more))
    return found


def test_the_lists_of_kind_and_profile_are_one_sorted_list_and_part_of_the_fingerprint(tmp_path: Path) -> None:
    passed = PassThrough(api_key=("PIP_INDEX_URL", "CI"), subscription=("OTHER",))
    mine, bare = native(tmp_path, ("CI", "A"), environment=passed), native(tmp_path, ("CI", "A"))

    assert (mine.passes, mine.multiplier) == (("A", "CI", "PIP_INDEX_URL"), 0.5)
    assert mine.fingerprint != bare.fingerprint


def test_subscriptions_have_a_list_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text("{}")
    settings(tmp_path / "keyed.json")
    passed = PassThrough(api_key=("A",), subscription=("B",))

    keyed, plain = files(tmp_path).all(sources(settings=("~/*.json",), environment=passed))

    assert (keyed.passes, plain.passes, plain.kind) == (("A",), ("B",), "subscription")


def test_a_profile_that_asks_for_what_no_worker_gets_is_refused(tmp_path: Path) -> None:
    assert "profiles.native.mine.passes: LD_PRELOAD" in str(native(tmp_path, ("LD_PRELOAD",)).unusable)


@pytest.mark.parametrize("kind", ["api_key", "subscription"])
def test_the_general_lists_may_not_ask_for_it_either(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ConfigInvalid, match=f"profiles.environment.{kind}: ANTHROPIC_BASE_URL"):
        native(tmp_path, (), environment=PassThrough(**{kind: ("ANTHROPIC_BASE_URL",)}))


def test_the_lists_are_documented() -> None:
    told = (Path(__file__).parents[3] / "docs/design/profiles.md").read_text()

    upper = {name.upper() for name in PASSED if not name.startswith("LC_")}
    assert [name for name in (*upper, "LC_*", *GIVEN) if name not in told] == []


@pytest.mark.parametrize("name", ["🎉", "智谱", 'a "b" c', "l'été", "a,b", "a=b", "-x", "${x}", "a/b"])
def test_a_profile_may_have_any_name(tmp_path: Path, name: str) -> None:
    spec = NativeProfile(base_url="http://127.0.0.1:9", auth=SecretRef(env="KEY"), models=ProfileModels())
    caller = files(tmp_path, KEY=CANARY)

    (found,) = caller.all(sources(native={name: spec}))

    assert (found.name, found.key, found.unusable) == (name, name, None)
    assert caller.carried([found]).secrets == {"KEY": CANARY}
