"""One noun, one name, in every place: authored files, model, schemas, reference page and tests."""

import re
from functools import cache
from pathlib import Path

import pytest

from ccorch.config.authoring import MODELS
from ccorch.config.layers import CHOSEN, GROUPS
from ccorch.schema.config import RunConfig

ROOT = Path(__file__).parents[2]


def test_every_chosen_group_has_a_model_and_a_key() -> None:
    assert set(MODELS) == set(CHOSEN)
    assert set(CHOSEN) <= set(RunConfig.model_fields)


@pytest.mark.parametrize("group", CHOSEN)
def test_a_group_has_its_five_places(group: str) -> None:
    model = MODELS[group]

    assert list((ROOT / "conf" / GROUPS[group]).glob("*.yaml")), "authored options"
    assert model.__name__.lower() == group
    assert model.__module__.startswith("ccorch.schema.")
    assert (ROOT / "schemas" / f"{group}.schema.json").exists()
    assert (ROOT / "schemas" / "authoring" / f"{group}.schema.json").exists()
    assert f"\n### `{group}` (`conf/{GROUPS[group]}/`)\n" in reference()
    assert re.search(rf"\b{group}[.=/]", every_test()), "a test that sets or chooses it"


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "conf").iterdir() if path.is_dir()))
def test_no_folder_of_options_is_without_a_group(folder: str) -> None:
    # scripts are chosen by script=NAME, the cases of the benchmark suite by --case; neither is composed
    assert folder in {*GROUPS.values(), "scripts", "bench"}


@cache
def reference() -> str:
    """The reference page of the configuration."""
    return (ROOT / "docs/reference/config.md").read_text(encoding="utf-8")


@cache
def every_test() -> str:
    """Every test but this room's."""
    files = sorted(path for path in (ROOT / "tests").rglob("test_*.py") if path.parent.name != "house")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)
