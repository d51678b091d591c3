"""How strict checks are is the owner's to say: projects and clients may add to that and take nothing away."""

from typing import Any

import pytest

from ccorch.errors import ConfigForbidden
from tests.config.conftest import Tree

OWNERS = (
    "defaults: [/builtin/checks/default]\ncommands: [[make, test]]\ninvariants: [[make, lint]]\n"
    "protected: [tests/**]\nseconds: 60\n"
)
LOOSER = {
    "switched off": ("config.yaml", "checks: {write_scope: false}\n", "write_scope is switched off"),
    "shadowed": ("checks/default.yaml", "defaults: [/builtin/checks/default]\n", "commands leaves out make test"),
    "no invariant": ("config.yaml", "checks: {invariants: []}\n", "invariants leaves out make lint"),
    "unprotected": ("config.yaml", "checks: {protected: [lib/**]}\n", "protected leaves out tests/**"),
    "all are tests": ("config.yaml", "checks: {tests: ['**']}\n", "tests is another list"),
    "longer": ("config.yaml", "checks: {seconds: 61}\n", "seconds is 61, more than 60"),
    "chosen": ("config.yaml", "defaults:\n  - override checks: lax\n", "need_tests is switched off"),
    "mixed in": ("experiment/e.yaml", "checks: {checkout: false}\n", "checkout is switched off"),
}
LAX = "defaults: [/builtin/checks/default]\nneed_tests: false\n"


@pytest.fixture(autouse=True)
def owner(tree: Tree) -> None:
    tree.write("user", "checks/default.yaml", OWNERS)
    tree.write("user", "checks/lax.yaml", LAX)


@pytest.mark.parametrize("name", LOOSER)
def test_a_project_loosens_nothing(tree: Tree, name: str) -> None:
    file, text, said = LOOSER[name]
    tree.write("project", file, text)

    with pytest.raises(ConfigForbidden, match="only the owner") as caught:
        tree.compose(*(["experiment=e"] if name == "mixed in" else []))

    assert said in caught.value.message


@pytest.mark.parametrize(
    "typed", [{"set": {"checks.route": False}}, {"groups": {"checks": "lax"}}, {"set": {"checks.protected": []}}]
)
def test_a_client_loosens_nothing(tree: Tree, typed: dict[str, Any]) -> None:
    with pytest.raises(ConfigForbidden, match="only the owner"):
        tree.compose(typed=typed)


def test_a_project_may_be_stricter_and_the_owner_may_be_anything(tree: Tree) -> None:
    tree.write("project", "config.yaml", "checks: {protected: [lib/**, tests/**], seconds: 59}\n")

    assert tree.compose().config.checks.protected == ("lib/**", "tests/**")
    assert not tree.compose("checks=lax", "checks.protected=[]").config.checks.need_tests
    assert not tree.compose("checks.route=false").config.checks.route
