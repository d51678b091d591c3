"""What Hydra could not do is told with the line that asked for it."""

import pytest

from ccorch.errors import ConfigInvalid
from tests.config.conftest import Tree

WRONG = {
    "no override": ("defaults:\n  - _self_\n  - role: security\n", 3, "Multiple values for role"),
    "unknown group": ("defaults:\n  - override rolle: security\n", 2, "Could not override 'rolle'"),
    "unknown group, plain": ("defaults:\n  - rolle: security\n", 2, "there is no config 'rolle/security'"),
    "unknown option": ("defaults:\n  - override role: secuirty\n", 2, "Did you mean 'security'"),
    "unknown path": ("defaults:\n  - /role/secuirty@_here_\n", 2, "Did you mean 'security'"),
    "expression": ("policy:\n  write: true\nlabel: ${a.b\n", 3, "cannot be interpolated"),
    "no mapping": ("label: x\nrole: 5\n", 2, "role: must be a mapping (got 5)"),
    "no list": ("label: x\nattach: a.png\n", 2, "attach: must be a list (got 'a.png')"),
    "twice": ("defaults: [_self_, _self_]\n", 0, "Duplicate _self_"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_place_is_named(tree: Tree, name: str) -> None:
    text, line, told = WRONG[name]
    path = tree.write("user", "config.yaml", text)

    with pytest.raises(ConfigInvalid) as caught:
        tree.compose()

    assert told in caught.value.message
    assert line == 0 or f"{path}:{line}" in caught.value.message


def test_an_imported_role_that_the_workflow_lacks_names_those_it_has(tree: Tree) -> None:
    with pytest.raises(ConfigInvalid, match=r"role@workflow\.roles\.auditor"):
        tree.compose("workflow=review_team", "role@workflow.roles.zzz=review")
