"""Somebody watches all runs of the machine, answers a gate there, follows a log and stops a run."""

from tests.journeys.kit import PLAIN, events, finished, script, submit, until_event
from tests.journeys.test_steering import ASKS, ME, workflow
from tests.machine import Machine
from tests.tmux import tmux


def test_runs_are_watched_answered_opened_and_stopped_on_one_screen(box: Machine) -> None:
    asks = submit(box, workflow(box, ASKS, "asks"), *PLAIN, "script=hello", "task=look at \u202e\x1b[2Jthis 你好")
    long = submit(box, *PLAIN, script("long"), "task=the long one")
    until_event(box, long, "worker_ready")
    with tmux(box, "top") as screen:
        listed = screen.until("! sure asks: yes, no")
        assert "ccorch top · 2 live · 1 needs you" in listed
        assert "look at" not in listed.split("sure asks")[0], "what needs somebody stands in its place"
        screen.hit("a")
        screen.until("sure: Shall it go on?")
        screen.hit("1", "f", "i", "n", "e", "Enter")
        screen.until("sure was answered yes")

        screen.resize(40, 12)
        screen.hit("/", "l", "o", "n", "g")
        screen.until("filter: long")
        screen.hit("Enter", "l")
        assert max(map(len, screen.until("log of").splitlines())) <= 40
        screen.hit("q", "s")
        screen.until(f"stop run {long[:8]}? y/N")
        screen.hit("y")
        screen.until("cancelled")
        screen.hit("q")

    assert finished(box, asks) == "done"
    (answered,) = (event for event in events(box, asks) if event["type"] == "answered")
    assert (answered["choice"], answered["by"], answered["who"], answered["reason"]) == (
        "yes",
        "terminal",
        ME,
        "fine",
    )
    (stopped,) = (event for event in events(box, long) if event["type"] == "stop_asked")
    assert (stopped["by"], stopped["who"]) == ("terminal", ME)
    plain = box.ccorch("top")
    assert plain.status == 0
    assert f"{asks[:8]}  done" in plain.out
    assert "\x1b" not in plain.out
    many = box.ccorch("report", "--since", "today")
    assert "- 2 runs: 1 cancelled, 1 done" in many.out
    assert f"| {asks[:8]} | done | asks |" in many.out
    assert "| scripted-balanced | " in many.out
    assert f"| {long[:8]} | review | it was stopped |" in box.ccorch("report", "--preset", "pressure").out
    file = box.root / "report.html"
    assert box.ccorch("report", asks, "--out", str(file)).out == f"written to {file}\n"
    assert "<svg" in file.read_text()
    assert "\u202e" not in file.read_text()
    assert box.ccorch("report", asks, "--since", "today").status == 2
    assert {row["run_id"]: row["status"] for row in box.json("top")["runs"]} == {asks: "done", long: "cancelled"}
