"""What a worker puts out is limited, and one that is silent or does nothing new is stopped."""

from typing import Any

from ccorch.adapters.claude_code.binary import ClaudeBinaries
from tests.journeys.kit import PLAIN, closed, events, finished, node, shown, submit
from tests.journeys.test_quota import of, played
from tests.machine import CACHE, Machine


def test_output_beyond_the_hard_limit_ends_the_attempt(box: Machine) -> None:
    script = played(box, f"default:\n  - text: {'word ' * 4000}")
    run = submit(box, *PLAIN, f"script={script}", "task=x", "policy.output.hard_bytes=6000")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "output_spent"
    assert "policy.output.hard_bytes" in node(box, run)["reason"]
    stream = closed(box, run) / "nodes/main/1/stream.ndjson"
    assert len(stream.read_bytes().replace(b"\n\n", b"")) <= 6000


def test_what_is_over_a_limit_is_left_out_and_told(box: Machine) -> None:
    script = played(box, f"default:\n  - text: {'word ' * 1000}")
    sizes = "soft_bytes: 1000, hard_bytes: 6000, events_soft_bytes: 100, events_hard_bytes: 300"
    output = f"policy.output={{{sizes}, policy: truncate, final_max_chars: 1000}}"
    run = submit(box, *PLAIN, f"script={script}", "task=x", output)

    assert finished(box, run) == "done"
    assert "left out (policy.output.hard_bytes=6000)" in of(events(box, run), "ended")[0]["reason"]
    told = {event["limit"]: event["does"] for event in of(events(box, run), "output_reached")}
    assert told == {
        "policy.output.soft_bytes": "warn",
        "policy.output.hard_bytes": "truncate",
        "policy.output.events_soft_bytes": "warn",
        "policy.output.events_hard_bytes": "truncate",
    }
    assert of(events(box, run), "said") == []
    folder = closed(box, run) / "nodes/main/1"
    answer, whole = (folder / name for name in ("answer.md", "answer-full.md"))
    assert len(whole.read_text()) >= 4999
    said = f"[{len(whole.read_text()) - 1000} characters left out (policy.output.final_max_chars=1000)]"
    assert answer.read_text().endswith(said)


def test_only_the_end_is_kept_where_nothing_else_is_wanted(box: Machine) -> None:
    read = "{text: first I look, tools: [{name: Read, input: {file_path: app.py}}]}"
    script = played(box, f"default:\n  - {read}\n  - text: it subtracts{' again' * 300}")
    complains(box, "a warning of its own")
    words = ("policy.output.final_only=true", "policy.output.final_max_chars=1000")
    run = submit(box, *PLAIN, f"script={script}", "task=x", *words)

    assert finished(box, run) == "done"
    folder = closed(box, run) / "nodes/main/1"
    answer = (folder / "answer.md").read_text()
    assert answer.startswith("it subtracts again")
    assert answer.endswith("[812 characters left out (policy.output.final_max_chars=1000)]")
    assert b"first I look" not in (folder / "stream.ndjson").read_bytes()
    assert b'"type":"result"' in (folder / "stream.ndjson").read_bytes()
    assert of(events(box, run), "said", "tool_called") == []
    # what it says of trouble is never left out
    assert "a warning of its own" in (box.state / "attempts" / run / "main/1/stderr.log").read_text()


def test_a_worker_of_which_nothing_is_heard_is_stopped(box: Machine) -> None:
    script = played(box, "default:\n  - {text: at last, delay: 600}")
    run = submit(box, *PLAIN, f"script={script}", "task=x", "policy.stall_seconds=2")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "stalled"
    assert "policy.stall_seconds" in node(box, run)["reason"]
    early, late = found(box, run, "stalled")
    assert (early["blocking"], late["blocking"], early["message"][-16:]) == (False, True, "2s it is stopped")


def test_a_worker_that_does_nothing_new_is_stopped(box: Machine) -> None:
    look = "text: Once more., tools: [{name: Read, input: {file_path: app.py}}], repeat: true, delay: 0.3"
    script = played(box, f"default:\n  - {{{look}}}")
    words = ("policy.no_progress_seconds=2", "policy.max_turns=400")
    run = submit(box, *PLAIN, f"script={script}", "task=x", *words)

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "no_progress"
    assert "policy.no_progress_seconds" in node(box, run)["reason"]
    assert [one["blocking"] for one in found(box, run, "no_progress")] == [False, True]


def found(box: Machine, run: str, code: str) -> list[Any]:
    """The run's findings of this code."""
    return [one for one in shown(box, run)["summary"]["findings"] if one["code"] == code]


def complains(box: Machine, said: str) -> None:
    """Have claude say something on its standard error before it works."""
    path, (real, _) = box.root / "claude", ClaudeBinaries(CACHE, box.environment).find(None)
    path.write_text(f'#!/bin/sh\ncase "$*" in *--version*) ;; *) echo "{said}" >&2 ;; esac\nexec {real} "$@"\n')
    path.chmod(0o700)
    box.extra["CLAUDE_CODE_BIN"] = str(path)
