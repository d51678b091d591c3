"""Words on the command line: verbs, flags in any order, problems with their next step, help."""

import json
import stat
from pathlib import Path
from typing import get_args

import pytest

from ccorch.errors import ArgumentInvalid
from ccorch.frontends.cli.asking import asked
from ccorch.frontends.cli.command import command
from ccorch.operations.registry import VERBS
from ccorch.plan.diff import Drift
from ccorch.schema.following import ListRequest, ShowRequest, WaitRequest
from ccorch.schema.judging import ReviewRequest, VerifyRequest
from ccorch.schema.planning import PlanDiffRequest, PlanRequest, RunRequest
from tests.frontends.houses import Stage


def read(*words: str, stdin: bytes = b"") -> object:
    return asked(command(words), lambda: stdin)[0]


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["role=review", "task=a b=c"], RunRequest(overrides=("role=review",), task="a b=c")),
        (["--detach", "role=review"], RunRequest(overrides=("role=review",), detach=True)),
        (["run", "role=a,b", "-m", "x=1"], RunRequest(overrides=("role=a,b", "x=1"), multirun=True)),
        (["run", "task=", "task_x=1"], RunRequest(overrides=("task_x=1",), task="")),
        (["plan", "--task=--json", "a=1"], PlanRequest(overrides=("a=1",), task="--json")),
        (["plan", "--", "a=1", "--b"], PlanRequest(overrides=("a=1", "--b"))),
        (["plan", "diff", "a", "b"], PlanDiffRequest(before="a", after="b")),
        (["wait", "abc", "--until", "node", "--timeout", "3"], WaitRequest(run="abc", until="node", timeout=3.0)),
        (["show", "--view=cost", "abc"], ShowRequest(run="abc", view="cost")),
        (["-C", "x", "list", "--here", "--limit", "3"], ListRequest(here=True, limit=3)),
    ],
)
def test_words_become_a_request(words: list[str], request_: object) -> None:

    assert read(*words) == request_


def test_lists_may_be_repeated_or_joined_by_commas() -> None:
    found = read("run", "--plan", "p", "--accept-drift", "cli,commit", "--accept-drift=prices")

    assert found == RunRequest(plan="p", accept_drift=("cli", "commit", "prices"))


def test_a_command_may_hold_commas_and_is_given_once_for_each() -> None:
    found = read(
        "verify", "abc", "--test", "pytest --cov=a,b", "--test=python -c 'import os, sys'", "--protect", "a,b"
    )

    assert found == VerifyRequest(
        run="abc", test=("pytest --cov=a,b", "python -c 'import os, sys'"), protect=("a", "b")
    )


def test_a_file_with_a_fault_and_an_override_may_hold_commas_too_and_the_help_says_so(tmp_path: Path) -> None:
    found = read("verify", "abc", "--planted", "a,b.diff", "--planted=c.diff")
    asked = read("review", "push", "--supervisor", "attach=[a,b]", "--supervisor=profile=cheap")

    assert found == VerifyRequest(run="abc", planted=("a,b.diff", "c.diff"))
    assert asked == ReviewRequest(action="push", supervisor=("attach=[a,b]", "profile=cheap"))
    for verb, count in (("verify", 3), ("review", 1)):
        told = " ".join(Stage(tmp_path).ccorch(verb, "--help").out.split())
        assert told.count("Commas belong to it; may be given several times.") == count


def test_the_project_and_json_may_stand_anywhere() -> None:
    found = command(["list", "--json", "-C", "/some/where", "--here"])

    assert (found.project, found.as_json, found.words) == (Path("/some/where"), True, ("--here",))


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["lst"], "no verb 'lst'", "`ccorch list`"),
        (["frobnicate"], "no verb 'frobnicate'", "`ccorch --help` lists the verbs"),
        (
            ["mcp", "install", "--client", "x"],
            "--client must be 'codex' or 'claude'",
            "`ccorch mcp install --help`",
        ),
        (["role"], "no verb 'role'", "`ccorch catalog role` lists what there is"),
        (["config", "sho"], "no verb 'config sho'", "config ls"),
        (["security", "this", "repo"], "no verb 'security'", 'ccorch role=security task="this repo"'),
        (["please", "mend", "it"], "no verb 'please'", 'ccorch role=review task="please mend it"'),
        (["show", "--cursor", "-1"], "--cursor must be greater than or equal to 0", ""),
        (["list", "--lmit", "3"], "no flag --lmit", "did you mean --limit?"),
        (["list", "--limit", "many"], "--limit wants a whole number, not 'many'", ""),
        (["list", "--limit", "0"], "--limit must be greater than or equal to 1, not 0", ""),
        (["list", "--limit", "1", "--limit", "2"], "--limit was given twice", ""),
        (["list", "--here=yes"], "--here takes no value", ""),
        (["list", "extra"], "unexpected word 'extra'", "it takes no words"),
        (["show", "--view"], "--view needs a value", "--view=VALUE"),
        (["show", "--view", "all"], "--view must be 'summary', 'nodes'", ""),
        (["show", "a", "--run", "b"], "--run was given twice", ""),
        (["explain"], "KEY is missing", ""),
        (["run", "task=a", "--task", "b"], "the task was given 2 times", "one task="),
        (["run", "task=a", "--task-file", "b"], "the task was given twice", ""),
        (["-C"], "-C needs a directory", ""),
        (["run", "task=\udcff"], "word 2 is not UTF-8: byte 0xff after 'task='", ""),
    ],
)
def test_a_mistake_is_named_with_the_next_step(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(ArgumentInvalid) as caught:
        read(*words)

    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_explains_every_field(verb: object, tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch(*verb.name.split(), "--help", width=80)  # type: ignore[attr-defined]

    assert said.status == 0
    for name in verb.request.model_fields:  # type: ignore[attr-defined]
        shown = name.upper() if name in verb.positional else "--" + name.replace("_", "-")  # type: ignore[attr-defined]
        assert shown in said.out or name == "overlay"
    assert all(len(text) <= 80 for text in said.out.splitlines())
    assert "Default (" not in said.out


def test_the_overview_names_every_verb_once(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch("--help")

    assert all(said.out.count(f"\n  {verb.name}  ") == 1 for verb in VERBS)


@pytest.mark.parametrize(("group", "verbs"), [("config", ("config ls", "config cp")), ("mcp", ("mcp serve",))])
@pytest.mark.parametrize("asks", [(), ("--help",)])
def test_a_group_alone_lists_its_verbs(
    group: str, verbs: tuple[str, ...], asks: tuple[str, ...], tmp_path: Path
) -> None:
    said = Stage(tmp_path).ccorch(group, *asks)

    assert said.status == 0
    assert all(f"\n  {verb}  " in said.out for verb in verbs)


@pytest.mark.parametrize("words", [(), ("plan", "diff"), ("config",)])
def test_help_may_be_asked_for_first(words: tuple[str, ...], tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    assert stage.ccorch("help", *words) == stage.ccorch(*words, "--help")


def test_the_kinds_of_drift_are_all_in_the_help(tmp_path: Path) -> None:
    told = " ".join(Stage(tmp_path).ccorch("run", "--help").out.split())

    assert ", ".join(get_args(Drift)) in told


def test_no_words_print_how_to_begin(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch()

    assert (said.status, "ccorch plan role=review" in said.out) == (0, True)


def test_an_expected_problem_is_words_or_json_and_an_exit_status(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    said = stage.ccorch("show", "abc")
    data = stage.ccorch("show", "abc", "--json")

    assert (said.status, said.out) == (4, "")
    assert said.err == "error: no run 'abc'\nhint: `ccorch list` shows the runs\n"
    assert (data.status, json.loads(data.err)["error"]["code"]) == (4, "RUN_NOT_FOUND")


def test_every_problem_of_a_configuration_has_its_line(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch("plan", "task=x", "policy.max_concurent=3", "cost.usd_per_run=no")

    assert said.status == 2
    assert said.err.startswith("error: 2 problems\n")
    assert said.err.count("max_concurent: unknown key. Did you mean 'policy.max_concurrent'?") == 1
    assert said.err.count("cost.usd_per_run: must be") == 1
    assert "Traceback" not in said.err


def test_a_bug_leaves_its_traceback_in_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stage = Stage(tmp_path)
    stage.library.logs["abc"] = []  # a run without a submission: nothing that the house allows

    said = stage.ccorch("show", "abc")

    (file,) = tmp_path.glob("ccorch-bug-*.txt")
    assert said.status == 70
    assert str(file) in said.err
    assert "Traceback" not in said.err
    assert "KeyError" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_daemon_and_mcp_are_served_through_their_doors(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    statuses = [stage.ccorch(*words).status for words in (["serve"], ["serve", "--stop"], ["mcp", "serve"])]

    assert statuses == [40, 41, 50]
    assert stage.opened == 0


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("ccorch pl", {"plan"}),
        ("ccorch config ", {"ls", "show", "check", "cp"}),
        ("ccorch show --vi", {"--view"}),
        ("ccorch plan role=rev", {"role=review"}),
        ("ccorch role=rev", {"role=review"}),
        ("ccorch show 01", {"0123456789abcdef"}),
        ("ccorch stop ", {"0123456789abcdef"}),
        ("ccorch show 0123 --view ", {"summary", "nodes", "config", "cost", "log"}),
        ("ccorch show --view=co", {"--view=config", "--view=cost"}),
        ("ccorch plan profile=", {"profile=scripted"}),
        ("ccorch script=h", {"script=hello"}),
        ("ccorch config cp role/rev", {"role/review"}),
        ("ccorch config show policy/", {"policy/default"}),
    ],
)
def test_a_half_typed_line_is_completed(line: str, some: set[str], tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.ccorch("worker=simulated", "profile=scripted", "task=x", "--detach")

    said = stage.ccorch("_complete", line)

    assert some <= set(said.out.split())
    assert all(word.startswith(line.rpartition(" ")[2]) for word in said.out.split())


def test_hydras_own_flags_are_hydras(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Stage(tmp_path).ccorch("-C", str(tmp_path), "plan", "--cfg", "job", "--package", "queue", "task=x")

    assert said.status == 0
    assert "priority: 0" in capsys.readouterr().out


def test_completion_is_installed_by_hydras_flag(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch("-sc", "install=bash")

    assert "complete -o nospace" in said.out


@pytest.mark.parametrize(
    ("word", "code"), [("LIMIT_REACHED", "limit_reached"), ("ceiling_exceeded", "CEILING_EXCEEDED")]
)
def test_a_code_is_explained_in_any_case_of_letters(word: str, code: str, tmp_path: Path) -> None:
    assert Stage(tmp_path).ccorch("explain", word).out.startswith(f"# {code}\n")
