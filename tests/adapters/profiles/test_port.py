"""Promises of the profiles port."""

from pathlib import Path

import pytest

from ccorch.adapters.profiles import ProfileFiles
from ccorch.errors import ProfileUnusable
from ccorch.rules.marks import mark
from ccorch.schema.profile import NativeProfile, Profile, ProfileModels, Profiles, SecretRef
from ccorch.schema.run import Launch
from ccorch.wiring import open_house
from tests.adapters.cc_switch.fixtures import GLM, folder

VALUE = "very-secret-value-0123456789"


def native(auth: SecretRef) -> Profiles:
    spec = NativeProfile(base_url="http://127.0.0.1:9", auth=auth, models=ProfileModels(balanced="m"))
    return Profiles(scripted=False, env=False, ccs=False, router=False, native={"mine": spec})


def only(profiles: ProfileFiles, sources: Profiles) -> Profile:
    (found,) = profiles.all(sources)
    return found


def launch(**secrets: str) -> Launch:
    return Launch(project="/", claude=None, environment={}, secrets=secrets)


def test_the_scripted_profile_needs_nothing() -> None:
    scripted = only(ProfileFiles({"HOME": "/nonexistent"}, lambda: VALUE), Profiles(env=False))

    assert (scripted.name, scripted.unusable, scripted.model_for("strong")) == ("scripted", None, "scripted-strong")


def test_the_environment_is_a_profile_when_it_has_a_credential() -> None:
    found = ProfileFiles(
        {"HOME": "/nonexistent", "ANTHROPIC_AUTH_TOKEN": VALUE, "ANTHROPIC_BASE_URL": "http://h"}, lambda: ""
    ).all(Profiles())

    assert [profile.name for profile in found] == ["scripted", "env"]
    assert VALUE not in repr(found)


def test_an_address_without_a_credential_is_a_profile_that_says_what_is_missing() -> None:
    environment = {"HOME": "/nonexistent", "ANTHROPIC_BASE_URL": "http://h"}
    (found,) = ProfileFiles(environment, lambda: "").all(Profiles(scripted=False))

    assert (found.name, found.secret) == ("env", None)
    assert "export ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY" in str(found.unusable)
    assert ProfileFiles({"HOME": "/nonexistent"}, lambda: "").all(Profiles(scripted=False)) == ()


def test_a_secret_of_the_environment_comes_from_the_callers_side() -> None:
    profiles = ProfileFiles({"HOME": "/nonexistent", "KEY": VALUE}, lambda: "")
    mine = only(profiles, native(SecretRef(env="KEY")))

    assert profiles.secret(mine, launch(KEY=VALUE)) == VALUE
    with pytest.raises(ProfileUnusable, match="KEY"):
        profiles.secret(mine, launch())


def test_every_profile_bears_the_mark_of_its_facts() -> None:
    environment = {"HOME": "/nonexistent", "ANTHROPIC_BASE_URL": "http://h", "ANTHROPIC_API_KEY": VALUE}
    found = ProfileFiles(environment, lambda: "t").all(Profiles())
    assert [profile.source for profile in found] == ["scripted", "env"]
    assert [profile.fingerprint for profile in found] == [mark(profile) for profile in found]


def test_a_profiles_fingerprint_does_not_depend_on_its_secret() -> None:
    marks = {
        only(
            ProfileFiles({"HOME": "/nonexistent", "KEY": value}, lambda: ""), native(SecretRef(env="KEY"))
        ).fingerprint
        for value in "ab"
    }

    assert len(marks) == 1


def test_anthropics_own_endpoint_has_models_without_naming_them() -> None:
    (_, env) = ProfileFiles({"HOME": "/nonexistent", "ANTHROPIC_API_KEY": VALUE}, lambda: "").all(Profiles())

    assert (env.base_url, env.auth_header, env.model_for("strong")) == (
        "https://api.anthropic.com",
        "x-api-key",
        "claude-opus-5",
    )


def test_another_endpoint_must_name_its_models() -> None:
    environment = {"HOME": "/nonexistent", "ANTHROPIC_API_KEY": VALUE, "ANTHROPIC_BASE_URL": "http://h"}
    (_, env) = ProfileFiles(environment, lambda: "").all(Profiles())

    assert env.model_for("balanced") is None


def test_a_cc_switch_that_comes_later_is_found_by_who_has_looked_before(tmp_path: Path) -> None:
    """The daemon looks for as long as it lives."""
    environment = {"HOME": str(tmp_path), "CCORCH_STATE_DIR": str(tmp_path / "state")}
    profiles, sources = open_house(tmp_path, "terminal", environment).profiles, Profiles(scripted=False)
    assert profiles.all(sources) == ()

    folder(tmp_path, [GLM])

    assert [profile.name for profile in profiles.all(sources)] == [GLM.name]
