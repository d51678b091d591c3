"""Bad input: a sentence with place and next command, the right exit status, nothing lost, no traceback."""

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.journeys.kit import PLAIN, closed, events, finished, submit, until_event
from tests.machine import Machine, Result, commit, git

ROLES = Path(__file__).parents[2] / "conf/roles"

CASES = {
    "unknown option": (
        ("role=reviw", "profile=scripted", "task=x"),
        2,
        r"no option 'reviw'.*Did you mean 'review'",
    ),
    "unknown key": (
        ("policy.max_concurent=3", "profile=scripted", "task=x"),
        2,
        r"Did you mean 'policy.max_concurrent'",
    ),
    "unknown profile": (("profile=scriptd", "task=x"), 2, r"Did you mean 'scripted'"),
    "no profile": (("task=x",), 2, r"profile=scripted"),
    "missing task": (("profile=scripted",), 2, r"task: required value is missing.*ccorch.yaml:\d+"),
    "a list for a group": (("role=[a,b]", "task=x"), 2, r"role"),
    "a sweep without -m": (("role=review,security", "profile=scripted", "task=x"), 2, r"-m"),
    "out of range": (("policy.max_concurrent=0", "profile=scripted", "task=x"), 2, r"greater than or equal to 1"),
    "an unknown flag": (("run", "--detatch", "task=x"), 2, r"--detach"),
    "an unknown verb": (("shwo",), 2, r"show"),
    "no such run": (("show", "ffffffff"), 4, r"ccorch list"),
    "no such script": (("profile=scripted", "script=nope", "task=x"), 4, r"hello"),
    "a script of unknown keys": (
        ("profile=scripted", "script=app.py", "task=x"),
        2,
        r"app.py is not valid: .*Extra inputs are not permitted.*docs/design/scripted.md",
    ),
    "a lane twice": (
        ("-m", "role=review,review", "profile=scripted", "task=x"),
        2,
        r"node 'main' is in two lanes.*each value of a sweep",
    ),
    "no such task file": (("run", "profile=scripted", "--task-file", "nope.md"), 4, r"nope.md"),
    "an endless task file": (
        ("run", "profile=scripted", "--task-file", "/dev/zero"),
        2,
        r"longer than a task may be \(16,000,000 letters\)",
    ),
    "an endless plan file": (("run", "--plan", "/dev/zero"), 2, r"plan file '/dev/zero' is larger than 67"),
    "an endless invoice": (("usage", "--invoice", "/dev/zero"), 2, r"the invoice '/dev/zero' is larger than"),
    "an endless handoff": (("handoff", "validate", "--file", "/dev/zero"), 2, r"'/dev/zero' is larger"),
    "a task that is none": (("run", "mend", "the", "cart"), 2, r"mend: .*, a task task=…"),
    "no such attachment": (("profile=scripted", "attach=[nope.png]", "task=x"), 2, r"nope.png"),
    "an attachment outside": (("profile=scripted", "attach=[../../x]", "task=x"), 2, r"outside the project"),
    "no claude": (("profile=scripted", "claude=/nowhere/claude", "task=x"), 2, r"/nowhere/claude"),
    "no such config dir": (("plan", "--config-dir", "/nowhere", "task=x"), 2, r"/nowhere"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_plainly_and_leaves_nothing(box: Machine, case: str) -> None:
    words, status, sentence = CASES[case]
    result = box.ccorch(*words)

    assert result.status == status, result
    assert re.search(sentence, result.err, re.DOTALL), result
    assert "Traceback" not in result.err
    assert "error:" in result.err
    assert sorted(path.name for path in box.project.iterdir()) == [".git", "app.py"]


def test_a_project_that_does_not_exist_is_never_made(box: Machine) -> None:
    result = box.ccorch("-C", str(box.root / "typo"), *PLAIN, "task=x")

    assert result.status == 2
    assert "does not exist" in result.err
    assert not (box.root / "typo").exists()


@pytest.mark.parametrize("name", ["CCORCH_STATE_DIR", "CCORCH_CONFIG_HOME", "CCORCH_CACHE_DIR"])
def test_a_folder_that_its_caller_would_find_elsewhere_than_the_daemon_is_refused(box: Machine, name: str) -> None:
    box.extra[name] = "rel"
    result = box.ccorch(*PLAIN, "script=hello", "task=x")

    assert (result.status, f"{name}={box.project / 'rel'}" in result.err) == (2, True), result
    assert not (box.project / "rel").exists()


def test_nothing_starts_while_the_owners_ceiling_is_a_link_to_what_is_away(box: Machine) -> None:
    (box.config / "ceiling.yaml").symlink_to("away/ceiling.yaml")
    result = box.ccorch(*PLAIN, "script=hello", "task=x")

    assert (result.status, "is a link to away/ceiling.yaml, which is not there" in result.err) == (2, True), result
    assert sorted(path.name for path in box.project.iterdir()) == [".git", "app.py"]


@pytest.mark.parametrize("words", ["list", "plan task=x", "plan task=x --cfg job"])
def test_who_stands_in_a_folder_that_is_gone_is_told_so(box: Machine, words: str) -> None:
    script = f"mkdir gone && cd gone && rmdir ../gone && exec {sys.executable} -m ccorch {words}"
    run = subprocess.run(["sh", "-c", script], cwd=box.root, env=box.environment, capture_output=True, text=True)

    assert (run.returncode, "stands in is gone" in run.stderr, "-C DIR" in run.stderr) == (2, True, True), run
    assert "bug" not in run.stderr


def test_a_profile_that_misses_its_key_is_told_by_that_alone(box: Machine) -> None:
    mine = "{base_url: 'https://127.0.0.1:9', auth: {env: MINE_KEY}, models: {balanced: glm-5.2}}"
    (box.config / "config.yaml").write_text(f"profiles: {{native: {{mine: {mine}}}}}\n")
    refused = box.ccorch("profile=mine", "task=x")

    assert (refused.status, "the variable MINE_KEY is not set" in refused.err) == (2, True), refused
    assert "`ccorch profiles show mine`" in refused.err
    assert "three ways" not in refused.err


def test_a_claude_that_is_too_old_is_refused_with_its_version(box: Machine) -> None:
    old = box.root / "claude"
    old.write_text("#!/bin/sh\necho '1.0.3 (Claude Code)'\n")
    old.chmod(0o755)
    result = box.ccorch(*PLAIN, f"claude={old}", "task=x")

    assert result.status == 2
    assert "1.0.3" in result.err


def test_a_workspace_that_cannot_be_made_is_said(box: Machine) -> None:
    (box.project / ".agent-workspace").write_text("a file in the way\n")
    result = box.ccorch(*PLAIN, "script=hello", "task=x")

    assert result.status == 2, result
    assert ".agent-workspace" in result.err
    assert "Traceback" not in result.err


def test_invalid_utf8_on_standard_input_names_the_byte(box: Machine) -> None:
    result = box.ccorch("run", *PLAIN, "task=-", stdin=b"abc\xff")

    assert result.status == 2
    assert "3" in result.err


def test_a_corrupt_run_folder_is_said_and_left_alone(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=x")
    finished(box, run)
    folder = closed(box, run)
    log = folder / "events.ndjson"
    broken = log.read_bytes().replace(b'"started"', b'"st\x00rted"', 1)
    log.write_bytes(broken)
    result = box.ccorch("show", run, "--view", "log")

    assert result.status == 4, result
    assert "events.ndjson" in result.err
    assert log.read_bytes() == broken
    assert box.ccorch("list").status == 0


def test_two_commands_at_once_in_one_workspace_both_run(box: Machine) -> None:
    words = ("run", *PLAIN, "script=hello", "task=x")
    with box.start(*words) as one, box.start(*words) as other:
        ends = [(process.communicate()[0], process.returncode) for process in (one, other)]

    assert [status for _, status in ends] == [0, 0], ends
    assert len(box.json("list")["runs"]) == 2


def test_a_second_stop_changes_nothing(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=endless", "task=x")
    until_event(box, run, "worker_ready")
    first, second = box.ccorch("stop", run), box.ccorch("stop", run)

    assert first.status == 0
    assert second.status in (0, 5)
    assert finished(box, run) == "cancelled"
    folder = closed(box, run)
    (asked,) = [e for e in events(box, run) if e["type"] == "stop_asked"]
    assert (asked["by"], asked["who"]) == ("terminal", pwd.getpwuid(os.getuid()).pw_name)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert box.ccorch("stop", run).status == 5
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_reader_leaves_every_byte_as_it_was(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=x")
    finished(box, run)
    box.ccorch("serve", "--stop")

    def everything() -> dict[Path, tuple[bytes, int]]:
        roots = (box.project, box.state)
        return {p: (p.read_bytes(), p.stat().st_mtime_ns) for root in roots for p in root.rglob("*") if p.is_file()}

    before = everything()
    for verb in (("list",), ("show",), ("show", "--view", "cost"), ("show", "--view", "log"), ("wait",)):
        assert box.ccorch(*verb).status == 0

    assert everything() == before


def test_a_run_works_without_git_but_says_what_it_cannot_know(box: Machine) -> None:
    (box.root / "plain").mkdir()
    result = box.ccorch("-C", str(box.root / "plain"), *PLAIN, "script=hello", "task=x")

    assert result.status == 0, result
    assert "no git commit" in result.out


def test_the_projects_git_is_left_alone(box: Machine) -> None:
    before = git(box.project, "status", "--porcelain")
    finished(box, submit(box, *PLAIN, "script=hello", "task=x"))

    assert git(box.project, "status", "--porcelain") == before == ""
    assert os.listdir(box.project / ".agent-workspace")


@pytest.mark.parametrize(
    ("key", "named"),
    [("core.excludesFile", ".git/more"), ("core.attributesFile", ".git/more"), ("include.path", "more")],
)
def test_a_pipe_that_git_settings_name_is_told_where_git_would_wait_at_it(
    box: Machine, key: str, named: str
) -> None:
    git(box.project, "config", key, named)
    os.mkfifo(box.project / ".git/more")

    for words in (("plan", *PLAIN, "task=x"), ("run", *PLAIN, "task=x"), ("diff",)):
        said = box.ccorch(*words)
        assert (said.status, "more' is a pipe, at which git would wait without end" in said.err) == (2, True), said
    told = box.ccorch("workspace", "status")
    assert (told.status, "more' is a pipe" in told.out) == (0, True), told
    assert not (box.project / ".agent-workspace").exists()


def test_git_settings_that_name_each_other_in_a_circle_are_told_in_gits_words(box: Machine) -> None:
    for name, other in (("config", "one"), ("one", "two"), ("two", "one")):
        with (box.project / ".git" / name).open("a") as settings:
            # followed as often as they are named, they would be read nine to the power of ten times
            settings.write(f"[include]\n\tpath = {other}\n" * 9)

    for words in (("plan", *PLAIN, "task=x"), ("run", *PLAIN, "task=x"), ("diff",)):
        said = box.ccorch(*words)
        assert (said.status, "exceeded maximum include depth" in said.err) == (2, True), said
    assert not (box.project / ".agent-workspace").exists()


def nobody(box: Machine, project: Path, environment: Mapping[str, str], *words: str) -> Result:
    """A command of a user without an entry in the list of users, whose home cannot be written."""
    home = ("--ro-bind", str(box.home), str(box.home))
    argv = ("bwrap", "--unshare-user", "--uid", "54321", "--gid", "54321", "--dev-bind", "/", "/", *home)
    said = subprocess.run(
        [*argv, sys.executable, "-m", "ccorch", *words],
        cwd=project,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=600,
    )
    return Result(said.returncode, said.stdout, said.stderr)


def test_an_odd_path_and_a_user_without_a_home_are_no_hindrance_where_folders_are_named(box: Machine) -> None:
    place, link = box.root / "a b\\U~1 {智谱} [x] $y ", box.root / "link"
    place.mkdir()
    git(place, "init", "-q", ".")
    (place / "app.py").write_text("x = 1\n")
    commit(place, "one")
    link.symlink_to(place)
    words = ("role=development", "script=rehearsal", "policy.write=true", "task=Write answer.txt.")
    homeless = {name: value for name, value in box.environment.items() if name != "HOME"}
    unnamed = {name: value for name, value in homeless.items() if not name.startswith("CCORCH_")}

    lost = nobody(box, link, unnamed, "run", "profile=scripted", *words)
    assert (lost.status, "nobody knows where" in lost.err, "set HOME" in lost.err) == (2, True, True)
    fixed = nobody(box, link, {**unnamed, "HOME": str(box.home)}, "run", "profile=scripted", *words)
    assert (fixed.status, "Read-only file system" in fixed.err) == (2, True), fixed
    assert "CCORCH_STATE_DIR" in fixed.err

    # what reads only would work in the project itself, and be refused every look at it
    blind = nobody(box, link, homeless, "run", *PLAIN, "script=hello", "task=x")
    assert (blind.status, "reads nothing below a folder that is named like 'U~1 {智谱} [x] $y '" in blind.err) == (
        2,
        True,
    ), blind
    many = ("-m", f"role={','.join(sorted(file.stem for file in ROLES.glob('*.yaml')))}")
    blind = nobody(box, link, homeless, "plan", "profile=scripted", *many, "task=x")
    assert (blind.status, "and 4 more would work in" in blind.err) == (2, True), blind

    done = nobody(box, link, homeless, "run", "profile=scripted", *words)

    assert done.status == 0, done
    assert f"{place}/.agent-workspace/ccorch/runs/" in done.out
    assert nobody(box, link, homeless, "verify").status == 0
    assert nobody(box, link, homeless, "accept").status == 0
    assert (place / "answer.txt").exists()
    assert nobody(box, link, homeless, "serve", "--stop").status == 0


def test_a_workspace_that_is_a_link_is_refused_and_nothing_is_written_through_it(box: Machine) -> None:
    elsewhere = box.root / "elsewhere"
    elsewhere.mkdir()
    (box.project / ".agent-workspace").symlink_to(elsewhere)
    said = box.ccorch(*PLAIN, "script=hello", "task=x")

    assert (said.status, "is a symbolic link" in said.err) == (2, True), said
    assert list(elsewhere.iterdir()) == []
