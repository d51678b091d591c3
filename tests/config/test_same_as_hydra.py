"""The resolver and Hydra itself compose the same data."""

import json
import os
import random
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra.core.global_hydra import GlobalHydra
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from ccorch.config import grammar
from ccorch.config.hydra_app import main
from ccorch.config.layers import CHOSEN, layer_dirs
from ccorch.config.source import VERSION_BASE, session
from ccorch.config.stack import options
from ccorch.errors import CcorchError
from tests.config.conftest import Tree
from tests.config.oracle import by_hydra, random_words


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Folders whose resolver knows no composition yet."""
    return Tree(tmp_path)


@pytest.fixture
def layered(tree: Tree) -> Tree:
    tree.write("user", "roles/review.yaml", "defaults: [/builtin/role/review, _self_]\nmax_turns: 5\n")
    tree.write("user", "config.yaml", "defaults: [override routing: cheap]\npolicy: {max_turns: 12}\n")
    tree.write("project", "config.yaml", "label: ${role.name}-${queue.priority}\nattach: [a, '${label}']\n")
    tree.write(
        "project",
        "workflows/pair.yaml",
        "defaults: [/role@roles.a: review, /role@roles.b: security, _self_]\n"
        "name: pair\nsummary: s\nnodes: [{id: n, role: a}, {id: m, role: b, needs: [n]}]\n",
    )
    return tree


def choices(tree: Tree) -> dict[str, list[str]]:
    layers = layer_dirs(tree.project, None, tree.user)
    return {group: options(layers, group) for group in CHOSEN}


SEEDS = range(100 if os.environ.get("CCORCH_SOAK") else 12)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_selections_give_what_hydra_gives(layered: Tree, seed: int) -> None:
    request = layered.request(*random_words(random.Random(seed), choices(layered)))

    assert layered.resolver.raw(request)[0] == by_hydra(request)


def test_hydras_own_view_shows_what_the_resolver_composes(
    layered: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("workflow=pair", "policy.max_turns=9", "label=it's ${x}", "role.tools=[Read]", "task=do it")
    before = sorted(layered.project.rglob("*"))

    status = main(["--cfg", "job", *words, "--resolve"], project=layered.project, user_dir=layered.user)

    shown: Any = OmegaConf.to_container(OmegaConf.create(capsys.readouterr().out))
    assert status == 0
    assert shown | {"label": "it's ${x}"} == layered.compose(*words, task=None).data
    assert sorted(layered.project.rglob("*")) == before


@settings(max_examples=150, deadline=None)
@given(st.text("ab1.0-_/:@ ,[]{}'\"\\$=e+tru", max_size=9))
def test_plain_values_need_no_hydra_and_mean_the_same(text: str) -> None:
    plain, ours = grammar._plain(text)
    if not plain:
        return
    assert repr(ours) == repr(grammar._by_hydra(text))


def test_an_application_that_uses_hydra_itself_keeps_its_own(tree: Tree, tmp_path_factory: Any) -> None:
    own = tmp_path_factory.mktemp("own")
    (own / "app.yaml").write_text("x: 1\n")
    with hydra.initialize_config_dir(str(own), **VERSION_BASE):
        composed = tree.compose("role=security")
        assert hydra.compose("app").x == 1
        assert composed.config.role.name == "security"
    assert not GlobalHydra.instance().is_initialized()


def test_the_active_hydra_is_reused_when_it_searches_the_same_layers(tree: Tree) -> None:
    with session(layer_dirs(tree.project, None, tree.user)) as world:
        active = world.hydra
        tree.compose()
        assert world.hydra is active


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--info", "defaults"], "| role/security"),
        (["--info", "defaults-tree"], "role: security"),
        (["--info", "searchpath"], "ccorch://"),
        (["--info"], "Config search path"),
        (["--cfg", "all"], "hydra:"),
        (["--cfg", "job", "--package", "policy"], "# @package policy"),
    ],
)
def test_hydras_flags_show_the_composition_and_write_nothing(
    tree: Tree, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: list[str], expected: str
) -> None:
    monkeypatch.chdir(tree.project)

    assert main([*argv, "role=security"], project=tree.project, user_dir=tree.user) == 0
    assert expected in capsys.readouterr().out
    assert list(tree.project.iterdir()) == []


def test_a_config_dir_is_the_highest_layer_for_hydras_views_too(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.write("config-dir", "config.yaml", "label: given\n")

    main(["--config-dir", str(tree.config_dir), "--cfg", "job"], project=tree.project, user_dir=tree.user)

    assert "label: given" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        ["role=security"],
        ["--cfg", "job", "--experimental-rerun", "f.pickle"],
        ["--cfg", "job", "--config-path", "/x"],
        ["--cfg", "job", "--multirun"],
        ["--cfg", "job", "hydra.run.dir=/x"],
        ["--cfg", "job", "role=nope"],
        ["--cfg", "job", "--info"],
    ],
)
def test_what_hydra_could_do_beyond_showing_is_refused(tree: Tree, argv: list[str]) -> None:
    with pytest.raises(CcorchError):
        main(argv, project=tree.project, user_dir=tree.user)


def test_data_is_json(tree: Tree) -> None:
    data = tree.compose("workflow=review_team").data

    assert json.loads(json.dumps(data)) == data
