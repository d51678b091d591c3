"""Layer order, extension and shadowing, and the jail around every file."""

import os
from pathlib import Path

import pytest

from ccorch.config.layers import MAX_BYTES, default_user_dir, folder_of
from ccorch.errors import ConfigForbidden, ConfigInvalid
from tests.config.conftest import Tree

ROLE = "# Mine.\nname: {name}\nsummary: s\nprompt: from {layer}\n"


def test_choosing_a_role_yields_the_whole_mapping(tree: Tree) -> None:
    composed = tree.compose("role=security")

    assert composed.config.role.name == "security"
    assert isinstance(composed.data["role"], dict)


def test_the_highest_layer_with_an_option_is_read_and_the_others_are_named_as_shadowed(tree: Tree) -> None:
    tree.write("user", "roles/review.yaml", ROLE.format(name="review", layer="user"))
    tree.write("project", "roles/review.yaml", ROLE.format(name="review", layer="project"))
    given = tree.write("config-dir", "roles/review.yaml", ROLE.format(name="review", layer="given"))

    composed = tree.compose()

    assert composed.config.role.prompt == "from given"
    (chosen,) = [chosen for chosen in composed.selections if chosen.group == "role"]
    assert chosen.place == str(given)
    assert [Path(path).parent.parent.name for path in chosen.shadows] == [".ccorch", "user", "conf"]


def test_each_config_yaml_extends_the_next_lower_one(tree: Tree) -> None:
    tree.write("user", "config.yaml", "policy: {max_turns: 11, max_concurrent: 2}\nlabel: user\n")
    tree.write("project", "config.yaml", "policy: {max_turns: 22}\n")
    tree.write("config-dir", "config.yaml", "label: given\n")

    config = tree.compose().config

    assert (config.policy.max_turns, config.policy.max_concurrent, config.label) == (22, 2, "given")


@pytest.mark.parametrize(
    "defaults", ["[_self_]", "[/below/config, _self_]", "[/below/config, override role: security]", "[]"]
)
def test_a_config_yaml_never_replaces_the_lower_one(tree: Tree, defaults: str) -> None:
    tree.write("project", "config.yaml", f"defaults: {defaults}\nlabel: mine\n")

    composed = tree.compose()

    assert composed.config.label == "mine"
    assert composed.config.workflow.name == "single"
    assert composed.config.role.name == ("security" if "override" in defaults else "review")


def test_an_option_extends_the_packaged_one_that_it_shadows(tree: Tree) -> None:
    tree.write("project", "roles/review.yaml", "defaults: [/builtin/role/review, _self_]\nmax_turns: 7\n")

    role = tree.compose().config.role

    assert (role.name, role.max_turns) == ("review", 7)
    assert role.prompt


def test_an_experiment_wins_over_every_config_yaml_and_loses_to_overrides(tree: Tree) -> None:
    tree.write("project", "config.yaml", "label: mine\npolicy: {max_turns: 5}\n")
    tree.write(
        "project",
        "experiment/e.yaml",
        "defaults: [override /role: security]\nlabel: tried\npolicy: {max_turns: 6}\n",
    )

    config = tree.compose("experiment=e", "policy.max_turns=9").config

    assert (config.label, config.policy.max_turns, config.role.name) == ("tried", 9, "security")


def test_hidden_options_can_be_extended_but_not_chosen(tree: Tree) -> None:
    tree.write("user", "roles/_mine.yaml", ROLE.format(name="mine", layer="hidden"))
    tree.write("user", "roles/shown.yaml", "defaults: [/role/_mine@_here_, _self_]\nname: shown\n")

    assert tree.compose("role=shown").config.role.prompt == "from hidden"
    with pytest.raises(ConfigInvalid, match="name of an option"):
        tree.compose("role=_mine")


def test_a_changed_new_or_removed_file_is_seen_at_the_next_call(tree: Tree) -> None:
    assert tree.compose().config.role.max_turns != 3
    path = tree.write("project", "roles/review.yaml", "defaults: [/builtin/role/review]\nmax_turns: 3\n")
    assert tree.compose().config.role.max_turns == 3
    path.write_text("defaults: [/builtin/role/review]\nmax_turns: 44\n")
    assert tree.compose().config.role.max_turns == 44
    path.unlink()
    assert tree.compose().config.role.max_turns != 44


@pytest.mark.parametrize("layer", ["project", "user", "config-dir"])
def test_a_link_may_not_leave_its_layer(tree: Tree, tmp_path: Path, layer: str) -> None:
    outside = tmp_path / "secret.yaml"
    outside.write_text(ROLE.format(name="leak", layer="elsewhere"))
    link = tree.write(layer, "roles/leak.yaml", "")
    link.unlink()
    link.symlink_to(outside)

    with pytest.raises(ConfigForbidden, match=r"leak\.yaml:1: is a link that leaves its layer"):
        tree.compose("role=leak")


def test_the_project_layer_itself_may_not_be_a_link_out_of_the_project(tree: Tree, tmp_path: Path) -> None:
    tree.write("user", "config.yaml", "label: x\n")
    (tree.project / ".ccorch").symlink_to(tree.user)

    with pytest.raises(ConfigForbidden, match="leaves the project"):
        tree.compose(user_dir=tmp_path / "none")


def test_a_link_within_the_layer_is_followed(tree: Tree) -> None:
    path = tree.write("project", "roles/one.yaml", ROLE.format(name="one", layer="link"))
    path.with_name("two.yaml").symlink_to("one.yaml")

    assert tree.compose("role=two").config.role.prompt == "from link"


def test_a_pipe_or_an_endless_file_is_refused_at_once(tree: Tree) -> None:
    path = tree.write("project", "config.yaml", "")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ConfigInvalid, match="not a plain file"):
        tree.compose()
    path.unlink()
    path.write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigInvalid, match="larger than"):
        tree.compose()


def test_a_config_dir_that_is_missing_is_refused(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="not a directory"):
        tree.compose(config_dir=tmp_path / "none")


def test_the_user_layer_is_found_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/xdg")
    monkeypatch.delenv("CCORCH_CONFIG_HOME", raising=False)
    assert default_user_dir() == Path("/xdg/ccorch")
    monkeypatch.setenv("CCORCH_CONFIG_HOME", "/own")
    assert default_user_dir() == Path("/own")
    monkeypatch.delenv("CCORCH_CONFIG_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", "rel")
    monkeypatch.setenv("HOME", "/home")
    assert default_user_dir() == Path("/home/.config/ccorch")


@pytest.mark.parametrize("named", ["rel", "~/x", "./x"])
def test_a_folder_that_is_another_one_from_each_place_is_refused(named: str) -> None:
    with pytest.raises(ConfigInvalid, match=f"CCORCH_STATE_DIR={named} is another folder") as told:
        folder_of({"CCORCH_STATE_DIR": named, "HOME": "/home"}, "CCORCH_STATE_DIR", "XDG_STATE_HOME", ".state")
    assert "CCORCH_STATE_DIR=/" in told.value.hint
