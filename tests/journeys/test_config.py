"""Versioned configuration: layers, provenance, and Hydra's own flags, through the real commands."""

from pathlib import Path

import pytest

from tests.journeys.kit import PLAIN
from tests.machine import Machine


def layer(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_repository_overrides_and_extends_what_is_packaged(box: Machine) -> None:
    layer(box.project, ".ccorch/config.yaml", "defaults:\n  - override role: triage\npolicy: {max_concurrent: 2}\n")
    layer(
        box.project,
        ".ccorch/roles/triage.yaml",
        "# Sorts.\ndefaults:\n  - /builtin/role/review@_here_\n  - _self_\nname: triage\nsummary: Sorts.\n",
    )
    layer(box.config, "config.yaml", "policy: {max_turns: 7}\n")
    found = box.json("plan", "profile=scripted", "role.handoff=review", "task=x")

    assert [node["role"] for node in found["nodes"]] == ["triage"]
    assert (found["max_concurrent"], found["nodes"][0]["max_turns"]) == (2, 7)


def test_explain_names_value_place_meaning_and_what_is_shadowed(box: Machine) -> None:
    layer(box.project, ".ccorch/config.yaml", "# Ours.\npolicy:\n  max_concurrent: 2\n")
    layer(box.project, ".ccorch/policies/default.yaml", "# Ours.\nmax_turns: 9\n")
    by_file = box.json("explain", "policy.max_concurrent")
    by_word = box.json("explain", "policy.max_concurrent", "policy.max_concurrent=3")

    assert by_file["value"] == 2
    assert by_file["origin"]["place"].endswith(".ccorch/config.yaml:3")
    assert by_file["shadowed"][0].endswith("conf/policies/default.yaml")
    assert "same time" in by_file["doc"]
    assert (by_word["value"], by_word["origin"]["place"]) == (3, "policy.max_concurrent=3")


def test_config_is_listed_shown_copied_and_checked(box: Machine) -> None:
    assert "review" in box.ccorch("config", "ls", "role").out
    assert "name: review" in box.ccorch("config", "show", "role/review").out
    assert box.ccorch("config", "cp", "role/review", "mine").status == 0
    assert (box.project / ".ccorch/roles/mine.yaml").exists()
    assert box.ccorch("config", "cp", "role/review", "mine").status == 5
    assert box.ccorch("config", "check").status == 0
    layer(box.project, ".ccorch/roles/mine.yaml", "# Bad.\nname: mine\ntols: [Read]\n")
    layer(box.project, ".ccorch/policies/p.yaml", "# Bad.\nmax_turns: many\n")
    checked = box.ccorch("config", "check")
    assert checked.status == 2
    assert "mine.yaml:3" in checked.err
    assert "p.yaml:2" in checked.err
    assert "tools" in checked.err


def test_the_catalog_lists_groups_options_and_keys(box: Machine) -> None:
    found = box.json("catalog")

    assert {group["name"] for group in found["groups"]} >= {
        "role",
        "policy",
        "cost",
        "queue",
        "routing",
        "workflow",
    }
    assert all(option["summary"] for group in found["groups"] for option in group["options"])
    assert any(key["key"] == "policy.max_concurrent" and key["limits"] and key["doc"] for key in found["keys"])
    assert "scripted" in box.ccorch("catalog", "profiles").out


@pytest.mark.parametrize("flags", [("--cfg", "job"), ("--info", "defaults-tree"), ("--info", "searchpath")])
def test_hydras_own_flags_work(box: Machine, flags: tuple[str, ...]) -> None:
    result = box.ccorch("plan", *flags, "role=security", "task=x")

    assert result.status == 0, result
    assert "security" in result.out or flags == ("--info", "searchpath")
    assert not (box.project / "outputs").exists()


def test_an_extra_config_dir_is_the_highest_layer(box: Machine) -> None:
    layer(box.root, "extra/config.yaml", "policy: {max_concurrent: 1}\n")
    layer(box.project, ".ccorch/config.yaml", "policy: {max_concurrent: 2}\n")
    found = box.json("plan", "--config-dir", str(box.root / "extra"), "profile=scripted", "task=x")

    assert found["max_concurrent"] == 1


def test_tab_completion_offers_options(box: Machine) -> None:
    box.extra.update(COMP_LINE="ccorch role=sec", COMP_POINT="15")
    result = box.ccorch("-sc", "query=bash")

    assert result.out.split() == ["role=security"]


def test_init_sets_up_editors_and_never_overwrites(box: Machine) -> None:
    first = box.json("init")
    assert ".ccorch/config.yaml" in first["written"]
    (box.project / ".ccorch/config.yaml").write_text("# mine\n")
    second = box.json("init")

    assert second["written"] == []
    assert (box.project / ".ccorch/config.yaml").read_text() == "# mine\n"
    assert box.ccorch("config", "check").status == 0


def test_a_hostile_project_cannot_direct_credentials_binaries_or_money(box: Machine) -> None:
    for text in (
        "profiles: {native: {}}\n",
        "claude: /bin/sh\n",
        "prices: {models: {}}\n",
        "hydra: {run: {dir: /}}\n",
        "label: ${oc.env:HOME}\n",
        "role: {_target_: os.system}\n",
        "role: {commands: [bash]}\n",
        "role: {commands: ${attach}}\n",
        "policy: {write: true}\n",
        "policy: {write: '${checks.route}'}\n",
        "checks: {write_scope: false}\n",
    ):
        layer(box.project, ".ccorch/config.yaml", text)
        result = box.ccorch("plan", *PLAIN, "task=x")
        assert result.status in (2, 3), (text, result)
        assert ".ccorch/config.yaml:1" in result.err, (text, result)


def test_a_folder_below_is_part_of_its_project(box: Machine) -> None:
    layer(box.project, ".ccorch/config.yaml", "policy: {max_turns: 7}\n")
    (box.project / "deep" / "er").mkdir(parents=True)
    result = box.ccorch(*PLAIN, "script=hello", "task=x", cwd=box.project / "deep" / "er")

    assert result.status == 0, result
    assert "7 turns" in result.out
    assert (box.project / ".agent-workspace").exists()
    assert list((box.project / "deep" / "er").iterdir()) == []
