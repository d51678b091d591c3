"""Attachments, verdicts, retention and priority, on real workers."""

import json
import os
import pwd
import struct
import zlib

from tests.journeys.kit import PLAIN, closed, events, finished, node, script, submit
from tests.journeys.verdict_kit import MEND, prepare, shell, write, wrote
from tests.machine import Machine, commit, until


def picture() -> bytes:
    """A red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
        + chunk(b"IEND", b"")
    )


def kinds(box: Machine, run: str) -> list[str]:
    """Kinds of the blocks in the worker's first message."""
    message = json.loads((box.state / "attempts" / run / "main/1/message.json").read_bytes())
    return [block["type"] for block in message["message"]["content"]]


def test_attached_files_are_shown_images_only_to_roles_that_may_see_them(box: Machine) -> None:
    (box.project / "dot.png").write_bytes(picture())
    (box.project / "notes.md").write_text("remember the milk\n")
    commit(box.project, "attachments")
    words = ("profile=scripted", "role.handoff=null", "script=hello", "task=x", "attach=[dot.png,notes.md]")
    sees, reads = submit(box, "role=multimodal", *words), submit(box, "role=review", *words)

    assert (finished(box, sees), finished(box, reads)) == ("done", "done")
    assert kinds(box, sees) == ["text", "image", "text"]
    assert kinds(box, reads) == ["text", "text"]
    prompt = box.project / ".agent-workspace/ccorch/runs" / reads / "nodes/main/1/prompt.md"
    assert "remember the milk" in prompt.read_text()


def test_private_evidence_is_deleted_at_the_end_when_none_is_to_be_kept(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=x", "policy.keep_raw=0")

    assert finished(box, run) == "done"
    assert until(lambda: not (box.state / "attempts" / run).exists())
    assert (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/stream.ndjson").exists()


def test_who_has_priority_or_was_moved_ahead_starts_first(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("max_concurrent: 1\n")
    one = ("policy.max_concurrent=1", *PLAIN)
    first = submit(box, *one, script("long"), "task=first")
    low = submit(box, *one, "script=hello", "task=low", "queue.priority=-5")
    high = submit(box, *one, "script=hello", "task=high", "queue.priority=5")
    moved = submit(box, *one, "script=hello", "task=moved", "queue.priority=-9")
    assert box.json("queue", "move", moved, "9")["moved"]
    (told,) = [e for e in events(box, moved) if e["type"] == "moved"]
    assert (told["by"], told["who"], told["priority"]) == ("terminal", pwd.getpwuid(os.getuid()).pw_name, 9)
    assert box.ccorch("queue", "move", moved, "-2000").status == 2
    order = [(queued["run_id"], queued["priority"]) for queued in box.json("queue", "ls")["runs"]]
    assert order == [(moved, 9), (high, 5), (first, 0), (low, -5)]

    assert box.ccorch("stop", first).status == 0
    assert [finished(box, run) for run in (low, high, moved)] == ["done"] * 3
    began = {run: next(e["at"] for e in events(box, run) if e["type"] == "started") for run in (low, high, moved)}
    assert began[moved] < began[high] < began[low]
    assert box.ccorch("queue", "move", moved, "1").status == 5


def test_the_foreground_hosts_the_daemon_and_leaves_none(box: Machine) -> None:
    result = box.ccorch("run", *PLAIN, "script=hello", "task=x", "--foreground")

    assert result.status == 0, result
    assert box.ccorch("serve", "--stop").out == "no daemon was alive\n"
    assert node(box, box.json("show")["run_id"])["status"] == "passed"


def test_checks_can_be_left_out_of_the_verdict(box: Machine) -> None:
    path = box.root / "s.yaml"
    path.write_text("# Another model answers.\ndefault:\n  - text: hello\n    served_model: cheaper-model\n")
    words = (*PLAIN, f"script={path}", "task=x", "policy.route_mismatch=warn", "checks.route=false")
    run = submit(box, *words)
    assert finished(box, run) == "done"

    verdict = json.loads((closed(box, run) / "verdict.json").read_text())
    assert [check["name"] for check in verdict["checks"]] == ["nodes passed"]


def test_an_idle_daemon_ends_by_itself(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=x", "engine.idle_exit_seconds=1")
    finished(box, run)
    pid = box.daemon_pid()

    assert until(lambda: pid not in box.processes())
    assert box.json("show", run)["status"] == "done"


def test_a_pipe_where_git_opens_a_file_makes_the_change_unknown_at_once(box: Machine) -> None:
    prepare(box)
    hold = write("src/go.py", "import os\\nos.mkfifo('src/.gitignore')\\n")
    run = wrote(box, *MEND, hold, shell("python3 src/go.py"), words=("role.commands=[python3]",))

    assert ".gitignore' is a pipe, at which git would wait" in " ".join(box.ccorch("show", run).out.split())
    checks = {one["name"]: one["judgement"] for one in box.json("verify", run, status=1)["checks"]}
    assert checks["write scope of main"] == "unknown"
    assert box.ccorch("accept", run).status == 1
