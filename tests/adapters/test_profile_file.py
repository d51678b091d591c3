"""Promises of the profiles port."""

from pathlib import Path

import pytest

from ccorch.adapters.profile_file import ProfileFiles
from ccorch.errors import ProfileUnusable
from ccorch.schema.profile import NativeProfile, Profile, ProfileModels, Profiles, SecretRef
from ccorch.schema.run import Launch

VALUE = "very-secret-value-0123456789"


def native(auth: SecretRef) -> Profiles:
    spec = NativeProfile(base_url="http://127.0.0.1:9", auth=auth, models=ProfileModels(balanced="m"))
    return Profiles(scripted=False, env=False, native={"mine": spec})


def only(profiles: ProfileFiles, sources: Profiles) -> Profile:
    (found,) = profiles.all(sources)
    return found


def launch(**secrets: str) -> Launch:
    return Launch(project="/", claude=None, environment={}, secrets=secrets)


def test_the_scripted_profile_needs_nothing() -> None:
    scripted = only(ProfileFiles({}, lambda: VALUE), Profiles(env=False))

    assert (scripted.name, scripted.unusable, scripted.model_for("strong")) == ("scripted", None, "scripted-strong")


def test_the_environment_is_a_profile_when_it_has_a_credential() -> None:
    found = ProfileFiles({"ANTHROPIC_AUTH_TOKEN": VALUE, "ANTHROPIC_BASE_URL": "http://h"}, lambda: "").all(
        Profiles()
    )

    assert [profile.name for profile in found] == ["scripted", "env"]
    assert VALUE not in repr(found)


def test_without_a_credential_there_is_no_env_profile() -> None:
    assert [p.name for p in ProfileFiles({"ANTHROPIC_BASE_URL": "http://h"}, lambda: "").all(Profiles())] == [
        "scripted"
    ]


def test_a_secret_of_the_environment_comes_from_the_callers_side() -> None:
    profiles = ProfileFiles({"KEY": VALUE}, lambda: "")
    mine = only(profiles, native(SecretRef(env="KEY")))

    assert profiles.secret(mine, launch(KEY=VALUE)) == VALUE
    with pytest.raises(ProfileUnusable, match="KEY"):
        profiles.secret(mine, launch())


def test_a_secret_file_must_be_private(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(VALUE + "\n")
    profiles = ProfileFiles({}, lambda: "")

    file.chmod(0o644)
    assert "others can read" in str(only(profiles, native(SecretRef(file=str(file)))).unusable)

    file.chmod(0o600)
    mine = only(profiles, native(SecretRef(file=str(file))))
    assert (mine.unusable, profiles.secret(mine, launch())) == (None, VALUE)


@pytest.mark.parametrize("auth", [SecretRef(), SecretRef(env="A", file="/b")])
def test_exactly_one_place_of_a_secret_is_named(auth: SecretRef) -> None:
    assert "exactly one" in str(only(ProfileFiles({}, lambda: ""), native(auth)).unusable)


def test_a_profiles_fingerprint_does_not_depend_on_its_secret() -> None:
    marks = {
        only(ProfileFiles({"KEY": value}, lambda: ""), native(SecretRef(env="KEY"))).fingerprint for value in "ab"
    }

    assert len(marks) == 1


def test_anthropics_own_endpoint_has_models_without_naming_them() -> None:
    (_, env) = ProfileFiles({"ANTHROPIC_API_KEY": VALUE}, lambda: "").all(Profiles())

    assert (env.base_url, env.auth_header, env.model_for("strong")) == (
        "https://api.anthropic.com",
        "x-api-key",
        "claude-opus-5",
    )


def test_another_endpoint_must_name_its_models() -> None:
    environment = {"ANTHROPIC_API_KEY": VALUE, "ANTHROPIC_BASE_URL": "http://h"}
    (_, env) = ProfileFiles(environment, lambda: "").all(Profiles())

    assert env.model_for("balanced") is None
