"""A hostile project's files and hostile words: every form is refused with its place."""

import pytest

from ccorch.errors import ConfigForbidden, ConfigInvalid
from tests.config.conftest import Tree

HOSTILE = {
    "hydra node": ("config.yaml", "label: a\nhydra:\n  searchpath: [pkg://evil]\n", 2),
    "hydra callback": ("config.yaml", "hydra: {callbacks: {x: {_target_: os.system}}}\n", 1),
    "hydra default": ("config.yaml", "defaults:\n  - override /hydra/launcher: basic\n", 2),
    "hydra default plain": ("config.yaml", "defaults:\n  - hydra/launcher: basic\n", 2),
    "target": ("roles/review.yaml", "name: x\n_target_: os.system\n", 2),
    "deep target": ("config.yaml", "policy:\n  write_scope:\n    _partial_: true\n", 3),
    "target in list": ("config.yaml", "workflow:\n  nodes:\n    - id: a\n      _target_: x\n", 4),
    "env": ("config.yaml", "label: ${oc.env:HOME}\n", 1),
    "env in list": ("config.yaml", "attach:\n  - a\n  - ${oc.env:HOME}\n", 3),
    "nested": ("config.yaml", "label: ${oc.decode:${oc.env:HOME}}\n", 1),
    "half escaped": ("config.yaml", "label: \\\\${oc.env:HOME}\n", 1),
    "relative": ("config.yaml", "label: ${..x}\n", 1),
    "package": ("roles/review.yaml", "# @package _global_\nlabel: x\n", 1),
    "late package": ("roles/review.yaml", "# A role.\n# @package profiles\nlabel: x\n", 1),
    "global": ("roles/review.yaml", "defaults:\n  - /role/security@_global_\n", 2),
    "moved": ("config.yaml", "defaults:\n  - /role/review@profiles.native.x\n", 2),
    "moved group": ("config.yaml", "defaults:\n  - /role@engine: review\n", 2),
    "up": ("config.yaml", "defaults:\n  - role: ../../secret\n", 2),
    "up path": ("roles/review.yaml", "defaults: ['/../x']\n", 1),
    "interpolated": ("config.yaml", "defaults:\n  - override role: ${oc.env:X}\n", 2),
    "profiles": ("config.yaml", "label: a\nprofiles:\n  env: true\n", 2),
    "engine": ("config.yaml", "engine: {idle_exit_seconds: 1}\n", 1),
    "claude": ("config.yaml", "claude: ./evil\n", 1),
    "prices": ("config.yaml", "prices: {models: {}}\n", 1),
    "profiles option": ("profiles/default.yaml", "native: {}\n", 1),
    "prices option": ("prices/default.yaml", "dated: 2026-01-01\n", 1),
    "engine option": ("engine/default.yaml", "idle_exit_seconds: 1\n", 1),
    "chosen profiles": ("config.yaml", "defaults:\n  - override profiles: evil\n", 2),
    "chosen prices": ("config.yaml", "defaults:\n  - override /prices: evil\n", 2),
    "builtin profiles": ("config.yaml", "defaults:\n  - /builtin/profiles/default@_here_\n", 2),
    "tab": ("config.yaml", 'defaults:\n  - "override\\tprofiles": evil\n', 2),
    "not below": ("config.yaml", "defaults:\n  - ccorch\n", 2),
    "defaults mapping": ("config.yaml", "defaults: {role: x}\n", 1),
    "experiment": ("experiment/e.yaml", "claude: ./evil\n", 1),
    "unpriced": ("config.yaml", "cost:\n  unpriced: allow\n", 2),
    "unpriced option": ("policies/cost/default.yaml", "unpriced: allow\n", 1),
    "never asked": ("config.yaml", "cost:\n  confirm_above_usd: null\n", 2),
    "asked late": ("config.yaml", "cost: {confirm_above_usd: 100.0}\n", 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_project_file_is_refused_with_its_line(tree: Tree, name: str) -> None:
    relative, text, line = HOSTILE[name]
    path = tree.write("project", relative, text)

    with pytest.raises(ConfigForbidden) as caught:
        tree.compose(*(["experiment=e"] if name == "experiment" else []))

    assert caught.value.message.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    "text", ["hydra: {searchpath: [pkg://x]}\n", "defaults: [hydra/launcher: basic]\n", "_target_: os.system\n"]
)
def test_hydras_own_settings_are_refused_in_every_layer(tree: Tree, text: str) -> None:
    tree.write("user", "config.yaml", text)

    with pytest.raises(ConfigForbidden):
        tree.compose()


def test_a_project_may_interpolate_plain_keys_and_quote_the_sign(tree: Tree) -> None:
    tree.write("project", "config.yaml", "label: '${role.name}-${policy.max_turns}'\nmodel: '\\${x:y}'\n")

    config = tree.compose("policy.max_turns=3").config

    assert (config.label, config.model) == ("review-3", "${x:y}")


def test_a_project_may_import_roles_into_its_workflows(tree: Tree) -> None:
    tree.write(
        "project",
        "workflows/pair.yaml",
        "defaults:\n  - /role@roles.a: review\n  - _self_\nname: pair\nsummary: s\nnodes: [{id: n, role: a}]\n",
    )

    composed = tree.compose("workflow=pair", "role@workflow.roles.a=security")

    assert composed.config.workflow.roles["a"].name == "security"


HOSTILE_WORDS = [
    "hydra.run.dir=/x", "hydra.searchpath=[pkg://x]", "hydra/launcher=basic", "+hydra.callbacks.x=1", "~policy",
    "~policy.max_turns", "++hydra.mode=MULTIRUN", "hydra=x", "roles@role=security", "role@policy=review",
    "+policies@_global_=strict", "role=../../x", "role=/etc/x", "role=[review,security]", "role=null", "role=",
    "role={zzz: 1}", "role=${oc.env:HOME}", "policy.max_turns=${oc.env:HOME}", "policy.max_turns=???",
    "policy._target_=x", "_x=1", "policy.max_turns=" + "[" * 2000, "policy.max_turns=" + "x," * 40_000, "=x",
    "policy.max_turns=inf", "policy.max_turns=choice(1,2)", "role=glob(*)", "policy/cost=default", "a..b=1",
    "role=review,security", "role@workflow.roles.zzz=review", "policy.write_scope={1: 2}", "attach=[nan]",
    "prompt=x", "role", "--x=1",
]  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE_WORDS)
def test_a_hostile_or_senseless_override_is_refused_quickly(tree: Tree, word: str) -> None:
    with pytest.raises((ConfigInvalid, ConfigForbidden)):
        tree.compose(word)


@pytest.mark.parametrize(
    "owner", ["profiles.env", "engine.idle_exit_seconds", "claude", "prices.dated", "hydra.mode"]
)
def test_a_client_may_not_set_what_directs_money_or_binaries(tree: Tree, owner: str) -> None:
    with pytest.raises(ConfigForbidden):
        tree.compose(typed={"set": {owner: "x"}})
