"""Promises of looking at every role at once: each is what a run with role=NAME would have."""

from pathlib import Path

import pytest

from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.roles import roles
from ccorch.errors import ConfigInvalid
from ccorch.schema.role import Role

MINE = "# Mine.\nname: mine\nsummary: Mine.\nprompt: Work.\ntier: fast\n"


def found(project: Path, *overrides: str) -> dict[str, object]:
    request = ComposeRequest(project, overrides, task="-", user_dir=project / "none")
    return dict(roles(request, compose(request)))


def write(project: Path, name: str, text: str) -> None:
    path = project / ".ccorch" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


EVERY: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("words", "some"),
    [((), EVERY), (("role=security", "role.tier=strong"), ("mine", "also", "testing"))],
)
def test_each_role_is_what_a_run_would_have(tmp_path: Path, words: tuple[str, ...], some: tuple[str, ...]) -> None:
    write(tmp_path, "roles/mine.yaml", MINE)
    write(tmp_path, "roles/also.yaml", "# Also.\ndefaults: [mine, _self_]\nname: also\n")

    kept = tuple(word for word in words if not word.startswith("role="))
    told = found(tmp_path, *words)
    for name in some or tuple(told):
        alone = ComposeRequest(tmp_path, (*kept, f"role={name}"), task="-", user_dir=tmp_path / "none")
        assert told[name] == compose(alone).config.role, name


def test_what_a_layer_sets_for_every_role_counts_for_each(tmp_path: Path) -> None:
    write(tmp_path, "config.yaml", "role: {tier: strong}\n")

    told = found(tmp_path)
    assert {role.tier for role in told.values() if isinstance(role, Role)} == {"strong"}
    assert len(told) == 14


def test_a_broken_role_is_told_and_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path, "roles/mine.yaml", MINE.replace("fast", "fastest"))
    all_roles = found(tmp_path)

    assert isinstance(all_roles["mine"], ConfigInvalid)
    assert "mine.yaml:5" in str(all_roles["mine"])
    assert isinstance(all_roles["testing"], Role)
