"""Promises of looking at every role at once: each is what a run with role=NAME would have."""

from pathlib import Path

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


def test_each_role_is_what_a_run_would_have_also_by_what_a_layer_sets_for_all(tmp_path: Path) -> None:
    write(tmp_path, "roles/mine.yaml", MINE)
    write(tmp_path, "roles/also.yaml", "# Also.\ndefaults: [mine, _self_]\nname: also\n")
    write(tmp_path, "config.yaml", "role: {tier: strong}\n")

    told = found(tmp_path)
    set_here = found(tmp_path, "role=security", "role.tier=balanced")

    for name in told:
        assert told[name] == alone(tmp_path, f"role={name}"), name
    for name in ("mine", "also", "testing"):
        assert set_here[name] == alone(tmp_path, "role.tier=balanced", f"role={name}"), name
    assert {role.tier for role in told.values() if isinstance(role, Role)} == {"strong"}
    assert {role.tier for role in set_here.values() if isinstance(role, Role)} == {"balanced"}
    assert len(told) == 16


def alone(project: Path, *overrides: str) -> Role:
    return compose(ComposeRequest(project, overrides, task="-", user_dir=project / "none")).config.role


def test_a_broken_role_is_told_and_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path, "roles/mine.yaml", MINE.replace("fast", "fastest"))
    all_roles = found(tmp_path)

    assert isinstance(all_roles["mine"], ConfigInvalid)
    assert "mine.yaml:5" in str(all_roles["mine"])
    assert all_roles["testing"] == alone(tmp_path, "role=testing")
