"""LiteLLM proxies as profiles."""

from pathlib import Path

import pytest

from ccorch.adapters.profiles.litellm import tiers
from ccorch.schema.profile import LiteLlm, Profile, ProfileModels, SecretRef
from tests.adapters.profiles.kit import CANARY, files, launch, sources

CONFIG = """
model_list:
  - model_name: glm-5.1
    litellm_params: {model: openai/glm-5.1, api_key: sk-provider}
  - model_name: claude-opus-5
  - model_name: claude-haiku-4-5
  - model_name: "openai/*"
"""


def only(home: Path, **spec: object) -> Profile:
    proxy = LiteLlm(base_url="http://127.0.0.1:4000/", auth=SecretRef(env="KEY"), **spec)  # type: ignore[arg-type]
    (found,) = files(home, KEY=CANARY).all(sources(litellm={"proxy": proxy}))
    return found


def test_models_are_taken_from_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    found = only(tmp_path, config="~/config.yaml", models=ProfileModels(strong="mine"))

    assert (found.name, found.source, found.base_url) == ("proxy", "litellm", "http://127.0.0.1:4000")
    assert found.models == ProfileModels(strong="mine", balanced="glm-5.1", fast="claude-haiku-4-5")
    assert files(tmp_path).secret(found, launch({"KEY": CANARY})) == CANARY
    assert "sk-provider" not in repr(found)


def test_tiers_are_whole_words_of_names() -> None:
    assert tiers(["octopus", "my.sonnet", "haikus"]) == ProfileModels(balanced="my.sonnet")
    assert tiers([]) == ProfileModels()


@pytest.mark.parametrize(
    ("content", "reason"),
    [("a: [", "YAML mapping"), ("model_list: 3", "lists no model"), (None, "~/config.yaml does not exist; set ")],
)
def test_a_file_without_models_is_no_reason_where_they_are_named(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "config.yaml").write_text(content)

    assert reason in str(only(tmp_path, config="~/config.yaml").unusable)
    assert only(tmp_path, config="~/config.yaml", models=ProfileModels(fast="m")).unusable is None


def test_a_proxy_without_any_model_says_so(tmp_path: Path) -> None:
    assert "profiles.litellm.proxy.models" in str(only(tmp_path).unusable)
