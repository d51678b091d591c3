"""What is shown of a configuration is read back as the same by a YAML parser."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ccorch.frontends.cli.yaml_text import yaml_text
from tests.frontends.houses import RUN, Stage

TEXT = st.text(max_size=20) | st.sampled_from(
    ["no", "1e5", "- **x**", "a: b", "# c", "2024-01-01", "~", "", " x", "é漢🙂"]
)
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
DATA = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))


@given(DATA)
def test_a_parser_reads_the_same_data(data: Any) -> None:
    found = yaml.safe_load("\n".join(yaml_text(data)))

    assert found == data or (isinstance(data, float) and math.isclose(found, data))


def test_the_composed_configuration_is_yaml(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    told = stage.ccorch("config", "show").out

    assert yaml.safe_load(told) == json.loads(stage.ccorch("config", "show", "--json").out)["config"]


@pytest.mark.parametrize("words", [("role=review",), ("-m", "role=review,security")])
def test_the_configuration_of_a_run_is_yaml_without_prices(tmp_path: Path, words: tuple[str, ...]) -> None:
    stage = Stage(tmp_path)
    stage.ccorch(*words, "profile=scripted", "task=x", "--detach")
    stage.library.files[RUN, "config.json"] = json.dumps(stage.library.submissions[RUN].config).encode()

    told = stage.ccorch("show", "--view", "config").out

    shown = yaml.safe_load(told)
    assert told.startswith(f"# run {RUN}; prices and models are left out here")
    assert all("prices" not in lane and lane["role"] for lane in shown.get("lanes", [shown]))
