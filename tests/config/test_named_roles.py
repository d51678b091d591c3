"""Promises of roles that are named in lists."""

import pytest

from ccorch.errors import ConfigInvalid
from tests.config.conftest import Tree


def test_a_list_takes_the_place_of_the_roles_that_the_workflow_imports(tree: Tree) -> None:
    composed = tree.compose("workflow=team", "workflow.roles=[review,security]")

    assert {key: role.name for key, role in composed.config.workflow.roles.items()} == {
        "review": "review",
        "security": "security",
    }
    assert composed.origins.lookup("workflow.roles.review.prompt").place == "workflow.roles=[review,security]"


def test_a_named_role_can_be_changed_behind_the_list(tree: Tree) -> None:
    roles = tree.compose("workflow=team", "workflow.roles=[review]", "workflow.roles.review.max_turns=3").config
    assert roles.workflow.roles["review"].max_turns == 3


def test_a_named_role_is_what_its_layers_make_of_it_and_not_what_the_runs_own_role_is_told(tree: Tree) -> None:
    tree.write("project", "roles/review.yaml", "defaults: [/builtin/role/review]\nsummary: Ours.\n")
    roles = tree.compose("workflow=team", "workflow.roles=[review]", "role.max_turns=3").config.workflow.roles

    assert (roles["review"].summary, roles["review"].max_turns) == ("Ours.", None)


def test_a_workflow_of_a_layer_may_name_its_roles_in_a_list(tree: Tree) -> None:
    text = "name: pair\nsummary: A pair.\nroles: [review, testing]\nnodes: [{id: p, each: roles}]\n"
    tree.write("project", "workflows/pair.yaml", text)

    assert set(tree.compose("workflow=pair").config.workflow.roles) == {"review", "testing"}


def test_names_that_would_lead_in_circles_do_not(tree: Tree) -> None:
    tree.write("project", "roles/ours.yaml", "defaults: [/builtin/role/review]\nname: ours\n")
    text = "name: one\nsummary: One.\nroles: [ours]\nnodes: [{id: p, each: roles}]\n"
    tree.write("project", "workflows/one.yaml", text)
    tree.write("project", "config.yaml", "defaults: [override workflow: one]\n")

    assert tree.compose().config.workflow.roles["ours"].name == "ours"


def test_all_wrong_names_are_told_at_once_and_nothing_is_composed(tree: Tree) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        tree.compose("workflow=team", "workflow.roles=[secrity,review,review,nobody]")

    said = caught.value.problems
    assert len(said) == 3
    assert "Did you mean 'security'?" in said[0]
    assert "named 2 times" in said[1]
    assert all("set by override workflow.roles=" in one for one in said)


def test_a_client_may_name_roles_too(tree: Tree) -> None:
    typed = {"groups": {"workflow": "team"}, "set": {"workflow.roles": ["review"]}}

    assert set(tree.compose(typed=typed).config.workflow.roles) == {"review"}
