"""What Hydra could not do is told with the line that asked for it."""

import pytest

from ccorch.config import hydra_app
from ccorch.config.check import check
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
    "a list of roles": (
        "label: x\nworkflow:\n  roles: [review, testing]\n",
        3,
        "workflow.roles: a list stands where a mapping belongs",
    ),
    "list for mapping": ("policy: [a]\n", 1, "policy: a list stands where a mapping belongs"),
    "mapping for list": (
        "policy:\n  write_scope:\n    allow: {a: b}\n",
        3,
        "policy.write_scope.allow: a mapping stands where a list belongs",
    ),
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


def test_what_to_write_for_a_list_of_roles_can_be_written(tree: Tree) -> None:
    path = tree.write("user", "config.yaml", "workflow: {roles: [review, testing]}\n")
    with pytest.raises(ConfigInvalid) as caught:
        tree.compose()
    lines = caught.value.hint.split("`")[3::2]

    path.write_text("defaults:\n" + "".join(f"  {line}\n" for line in lines))

    assert list(tree.compose().config.workflow.roles) == ["review", "testing"]


def test_an_imported_role_that_the_workflow_lacks_names_those_it_has(tree: Tree) -> None:
    with pytest.raises(ConfigInvalid, match=r"role@workflow\.roles\.auditor"):
        tree.compose("workflow=review_team", "role@workflow.roles.zzz=review")


LITERAL = "sk-not-for-any-eye-0123456789"
ENDPOINT = (
    "profiles:\n  native:\n    x:\n      base_url: {url}\n      auth: {auth}\n      models: {{balanced: m}}\n"
)
BY_MISTAKE = {
    "alone": ("https://x.example", LITERAL),
    "as a list": ("https://x.example", f"[{LITERAL}]"),
    "as a key": ("https://x.example", f"{{{LITERAL}}}"),
    "under another key": ("https://x.example", f"{{token: {LITERAL}}}"),
    "as a variable's name": ("https://x.example", f"{{env: {LITERAL}}}"),
    "beside a reference": ("https://x.example", f"{{env: A, file: {LITERAL}}}"),
    "in the address": (f"https://me:{LITERAL}@x.example", "{env: A}"),
    "in the query": (f"https://x.example?key={LITERAL}", "{env: A}"),
}


@pytest.mark.parametrize("name", BY_MISTAKE)
def test_a_credential_that_stands_in_config_by_mistake_is_not_repeated(
    tree: Tree, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url, auth = BY_MISTAKE[name]
    path = tree.write("user", "config.yaml", ENDPOINT.format(url=url, auth=auth))

    with pytest.raises(ConfigInvalid) as composed:
        tree.compose()
    checked = check(tree.project, user_dir=tree.user)
    with pytest.raises(ConfigInvalid) as shown:
        hydra_app.main(["--cfg", "job", "task=x"], project=tree.project, user_dir=tree.user)
    with pytest.raises(ConfigInvalid) as typed:
        tree.compose(f"profiles.native.y.auth={LITERAL}", f"+profiles.native.z={{auth: {LITERAL}}}")

    said = [str(error.value.as_data()) for error in (composed, shown, typed)] + list(checked)
    assert LITERAL not in "".join(said) + capsys.readouterr().out
    assert f"{path}:" in composed.value.message
    assert all("profiles.native.x" in sentence for sentence in said)


def test_a_credential_in_place_of_a_reference_is_told_what_belongs_there(tree: Tree) -> None:
    tree.write("user", "config.yaml", ENDPOINT.format(url="https://x.example", auth=LITERAL))

    with pytest.raises(
        ConfigInvalid, match=r"auth: must be a mapping; a credential is only referred to: \{env: NAME\}"
    ):
        tree.compose()
    (checked,) = check(tree.project, user_dir=tree.user)
    assert "profiles.native.x.auth: must be of type object; a credential is only referred to" in checked


def test_a_word_in_place_of_a_mapping_is_told_so_and_not_that_it_is_no_interpolation(tree: Tree) -> None:
    tree.write("user", "config.yaml", "policy: fast\n")

    assert [said.partition(": ")[2] for said in check(tree.project, user_dir=tree.user)] == [
        "policy: 'fast' is not of type 'object'"
    ]
