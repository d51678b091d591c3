"""Promises of workflow files: where they may lie, what they may say, and where each problem stands."""

import os
from pathlib import Path

import pytest

from ccorch.config.filed import Filed
from ccorch.config.parts import with_parts
from ccorch.config.workflow_file import with_file
from ccorch.errors import ConfigForbidden, ConfigInvalid
from tests.config.conftest import Tree

OWN = """\
name: own
summary: An own workflow.
roles: {maker: implementation, tester: testing}
nodes:
  - {id: make, role: maker}
  - {id: try, role: tester, needs: [make]}
"""
OLDER = """\
schema_version: 1
id: older
nodes:
  look:
    role: review
    outputs: [report]
    mock_status: fail
"""


def put(tree: Tree, text: str, name: str = "flows/f.yaml") -> Path:
    path = tree.project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def filed(tree: Tree, name: str = "flows/f.yaml", *words: str) -> Filed:
    request = tree.request(f"workflow_file={name}", *words)
    return with_file(request, tree.resolver.compose(request))


def told(tree: Tree, text: str) -> tuple[str, ...]:
    put(tree, text)
    try:
        return filed(tree).problems
    except ConfigInvalid as problem:
        return problem.problems


def test_without_a_file_nothing_changes(tree: Tree) -> None:
    request = tree.request()
    composed = tree.resolver.compose(request)

    assert with_file(request, composed).composed is composed


def test_a_file_takes_the_place_of_the_workflow_and_its_roles_are_options(tree: Tree) -> None:
    put(tree, OWN)
    composed = filed(tree).composed

    assert composed.config.workflow.name == "own"
    assert composed.config.workflow.roles["maker"].name == "implementation"
    assert composed.data["workflow"]["nodes"][1]["needs"] == ["make"]
    assert composed.origins.lookup("workflow.nodes.1.needs").place == "flows/f.yaml:6"
    assert composed.origins.lookup("workflow.roles.tester").place == "flows/f.yaml:3"


def test_a_role_is_that_of_the_highest_layer(tree: Tree) -> None:
    tree.write("project", "roles/testing.yaml", "name: testing\nsummary: Ours.\nprompt: Try ours.\n")
    put(tree, OWN)

    assert filed(tree).composed.config.workflow.roles["tester"].prompt == "Try ours."


def test_roles_may_be_a_list_or_spelled_out(tree: Tree) -> None:
    put(
        tree,
        OWN.replace("{maker: implementation, tester: testing}", "[implementation, testing]")
        .replace("maker", "implementation")
        .replace("tester", "testing"),
    )
    assert set(filed(tree).composed.config.workflow.roles) == {"implementation", "testing"}

    put(tree, OWN.replace("tester: testing", "tester: {name: t, summary: T., prompt: Try.}"))
    assert filed(tree).composed.config.workflow.roles["tester"].prompt == "Try."


def test_the_older_format_is_read_with_its_endings(tree: Tree) -> None:
    put(tree, OLDER)
    composed = filed(tree).composed

    assert composed.config.workflow.nodes[0].role == "review"
    assert composed.config.simulate == {"look": ("fail",)}
    assert composed.origins.lookup("workflow.nodes.0.role").place == "flows/f.yaml:5"
    assert filed(tree, "flows/f.yaml", "simulate={look:[pass]}").composed.config.simulate == {"look": ("pass",)}


def test_its_limits_of_output_hold_where_the_run_is_not_stricter(tree: Tree) -> None:
    put(tree, OLDER + "defaults: {max_output_bytes: 5000, max_events_bytes: 5000}\n")
    composed = filed(tree, "flows/f.yaml", "policy.output.events_hard_bytes=1000").composed

    assert composed.config.policy.output.hard_bytes == 5000
    assert composed.config.policy.output.events_hard_bytes == 1000
    assert composed.data["policy"]["output"]["hard_bytes"] == 5000


def test_another_content_is_another_configuration(tree: Tree) -> None:
    put(tree, OWN)
    before = filed(tree).composed.data
    put(tree, OWN.replace("id: try", "id: test"))

    assert filed(tree).composed.data != before


def test_a_file_of_the_user_is_read_by_its_path(tree: Tree) -> None:
    path = tree.write("user", "flows/f.yaml", OWN)

    assert filed(tree, str(path)).composed.config.workflow.name == "own"


@pytest.mark.parametrize("name", ["../f.yaml", "/etc/hostname", "flows/../../f.yaml"])
def test_a_file_outside_is_refused(tree: Tree, name: str) -> None:
    with pytest.raises(ConfigForbidden, match="outside the project"):
        filed(tree, name)


def test_a_link_that_leads_out_is_refused(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(OWN)
    (tree.project / "flows").mkdir()
    os.symlink(tmp_path / "f.yaml", tree.project / "flows/f.yaml")

    with pytest.raises(ConfigForbidden, match="is a link"):
        filed(tree)


def test_a_folder_a_gap_and_noise_are_refused(tree: Tree) -> None:
    (tree.project / "flows").mkdir()
    for name, said in (("flows", "not a plain file"), ("flows/none.yaml", "no file 'flows/none.yaml'")):
        with pytest.raises(ConfigInvalid, match=said):
            filed(tree, name)
    assert "is not readable YAML" in told(tree, "nodes: [\n")[0]
    assert "stands twice" in told(tree, "schema_version: 1\nid: a\nnodes:\n  a: {role: x}\n  a: {role: y}\n")[0]


def test_typos_are_told_with_line_and_guess_all_at_once(tree: Tree) -> None:
    found = told(tree, OLDER + "    need: [x]\n    allow_wirte: true\n")

    assert [said.split(": ")[0] for said in found] == ["flows/f.yaml:8", "flows/f.yaml:9"]
    assert "Did you mean 'needs'?" in found[0]
    assert "Did you mean 'allow_write'?" in found[1]
    (own,) = told(tree, OWN.replace("needs", "need"))
    assert own.startswith("flows/f.yaml:6: nodes.1.need: unknown key. Did you mean 'needs'?")


def test_what_the_older_format_lacks_goes_along_to_be_told_with_the_rest(tree: Tree) -> None:
    put(tree, OLDER.replace("role: review", "role: reviewr").replace("    outputs: [report]\n", ""))
    role, outputs = filed(tree).problems

    assert role.startswith("flows/f.yaml:5: ")
    assert "Did you mean 'review'?" in role
    assert outputs.startswith("flows/f.yaml:4: worker 'look' names no outputs")


def test_unknown_roles_and_defaults_are_told(tree: Tree) -> None:
    assert "Did you mean 'testing'?" in told(tree, OWN.replace("tester: testing", "tester: testng"))[0]
    assert "`defaults` are followed in the layers only" in told(tree, "defaults: [_self_]\n" + OWN)[0]


def test_a_projects_file_gives_no_power(tree: Tree) -> None:
    role = "tester: {name: t, summary: T., prompt: Try., commands: [make]}"
    put(tree, OWN.replace("tester: testing", role))
    with pytest.raises(ConfigForbidden, match=r"f\.yaml:3: a project may not let workers run commands"):
        filed(tree)

    assert "unknown key" in told(tree, OWN + "policy: {write: true}\n")[0]
    path = tree.write("user", "f.yaml", OWN.replace("tester: testing", role))
    assert filed(tree, str(path)).composed.config.workflow.roles["tester"].commands == ("make",)


@pytest.mark.parametrize("word", ["workflow=team", "workflow.voters=3", "role@workflow.roles.testing=review"])
def test_words_that_would_be_lost_are_refused(tree: Tree, word: str) -> None:
    put(tree, OWN)

    with pytest.raises(ConfigInvalid, match="has no effect beside workflow_file"):
        filed(tree, "flows/f.yaml", *(["workflow=team"] if "@" in word else []), word)


def test_of_very_many_problems_the_first_are_told(tree: Tree) -> None:
    found = told(tree, "name: a\nsummary: A.\nnodes:\n" + "  - {id: a, x: 1}\n" * 80)

    assert (len(found), found[-1]) == (51, "and 30 more")


def test_an_expression_in_a_files_text_is_only_text(tree: Tree) -> None:
    put(tree, OWN + "  - {id: c, task: '${oc.env:HOME}'}\n")

    assert filed(tree).composed.config.workflow.nodes[2].task == "${oc.env:HOME}"


def test_workflows_that_nodes_name_come_from_the_layers_and_are_part_of_the_config(tree: Tree) -> None:
    put(tree, OWN.replace("role: maker", "workflow: single").replace("{maker: implementation, ", "{"))
    request = tree.request("workflow_file=flows/f.yaml")
    found = with_parts(request, with_file(request, tree.resolver.compose(request)))

    assert [node.id for node in found.composed.config.workflow.nodes] == ["make.main", "try"]
    assert found.composed.data["parts"].keys() == {"single"}
    assert found.place("part:single.nodes.0.id").endswith("conf/workflows/single.yaml:6")
    assert found.place("workflow.nodes.1.role").endswith("flows/f.yaml:6")


def test_a_workflow_that_there_is_not_is_told_with_the_line_that_names_it(tree: Tree) -> None:
    put(tree, OWN.replace("role: maker", "workflow: sinlge"))
    request = tree.request("workflow_file=flows/f.yaml")
    found = with_parts(request, with_file(request, tree.resolver.compose(request)))

    assert "flows/f.yaml:5: workflow sinlge: " in found.problems[0]
    assert "Did you mean 'single'?" in found.problems[0]


def test_an_older_file_within_another_keeps_its_endings_and_a_projects_file_its_powerlessness(tree: Tree) -> None:
    put(tree, OLDER, "old.yaml")
    put(tree, OWN.replace("role: maker", "workflow: old.yaml"))
    request = tree.request("workflow_file=flows/f.yaml")
    found = with_parts(request, with_file(request, tree.resolver.compose(request)))
    assert found.composed.config.simulate == {"make.look": ("fail",)}

    put(tree, OWN.replace("role: maker", "commands: [[sh, evil.sh]]"), "old.yaml")
    with pytest.raises(ConfigForbidden, match="may not let workers run commands"):
        with_parts(request, with_file(request, tree.resolver.compose(request)))
