"""The board in a browser: a real worker watched, answered and stopped there, a thousand runs, and bad requests."""

import http.client
import json
import os
import pwd
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ccorch.schema.event import Said, Started
from tests import board_kit as kit
from tests.browser import Browser, browser
from tests.journeys.kit import PLAIN, events, finished, script, submit
from tests.machine import Machine, machine
from tests.plan_kit import node, plan

ME = pwd.getpwuid(os.getuid()).pw_name
HOSTILE_RUN, HUGE_RUN, LONG_RUN = "a" * 16, "c" * 16, "d" * 16
LONG = 100_000_000
ASKS = """\
# One looks, somebody says yes, another tells.
name: asks
summary: One looks, somebody says yes, another tells.
nodes:
  - id: look
  - id: sure
    kind: gate
    needs: [look]
    approval: {question: Shall it go on?, choices: ["yes", "no"], passes: ["yes"]}
  - id: tell
    needs: [sure]
"""


@dataclass
class Scene:
    """A machine with many runs, its board, and a browser in front of it."""

    box: Machine
    address: str
    tab: Browser
    pid: int
    """Of the board."""

    @property
    def token(self) -> str:
        return self.address.partition("#token=")[2]

    @property
    def read(self) -> int:
        """Bytes that the board has read so far."""
        return int(Path(f"/proc/{self.pid}/io").read_text().split()[1])

    @property
    def port(self) -> int:
        return int(self.address.split(":")[2].split("/")[0])

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str | None) -> tuple[int, Any, Any]:
        """A request as the page makes it, but for these headers; status, JSON and headers of the answer."""
        own = f"http://127.0.0.1:{self.port}"
        sent = {"Authorization": f"Bearer {self.token}", "Origin": own, "X-Ccorch-Board": "1"}
        sent |= {"Host": f"127.0.0.1:{self.port}"}
        for name, value in headers.items():
            sent.pop(name.replace("_", "-"), None)
            if value is not None:
                sent[name.replace("_", "-")] = value
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        for name, value in (sent | {"Content-Length": str(len(content))}).items():
            connection.putheader(name, value)
        connection.endheaders(content)
        answer = connection.getresponse()
        kind = answer.headers.get_content_type()
        told = json.loads(answer.read()) if kind == "application/json" else None
        connection.close()
        return answer.status, told, answer.headers

    def shows(self, run: str) -> None:
        """Open a run's page."""
        self.tab.js(f"location.hash = '#/run/{run}'")
        self.tab.holds(f"document.querySelector('.title code')?.textContent === '{run}'")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with machine(tmp_path_factory.mktemp("board") / "m") as box:
        now = time.time()
        kit.many(box.project, 1_000, now)
        kit.big(box.project, now)
        kit.wide(box.project, HUGE_RUN, 10, 100, now)
        said = [Started(node="a", attempt=1), Said(node="a", attempt=1, line=1, text=kit.HOSTILE)]
        hostile = kit.write(box.project, HOSTILE_RUN, plan(node("a"), task=kit.HOSTILE), said, now - 30)
        (hostile / "nodes/a/1").mkdir(parents=True)
        (hostile / "nodes/a/1/answer.md").write_text(kit.HOSTILE)
        long = kit.write(box.project, LONG_RUN, plan(node("a"), task="long"), said[:1], now - 20)
        (long / "nodes/a/1").mkdir(parents=True)
        with open(long / "nodes/a/1/answer.md", "wb") as file:
            file.write(b"begin ")
            file.truncate(LONG)
        (box.config / "workflows").mkdir(parents=True)
        (box.config / "workflows/asks.yaml").write_text(ASKS)
        with box.start("board", "--json") as process, browser() as tab:
            assert process.stdout is not None
            made = Scene(box, json.loads(process.stdout.readline())["address"], tab, process.pid)
            tab.look(1440, 900)
            tab.open(made.address)
            tab.sees("1004 runs")
            yield made
            process.terminate()
            assert process.communicate(timeout=180) == (b"", b"")
            assert process.returncode == 0


@pytest.fixture
def tab(scene: Scene) -> Iterator[Browser]:
    """The browser in front of the list, whatever was done with it before; its pages complain about nothing."""
    scene.tab.look(1440, 900)
    if not scene.tab.js("location.href").startswith(scene.address.partition("#")[0]):
        scene.tab.open(scene.address)
    scene.tab.js("location.hash = '#/'")
    scene.tab.sees(" runs", ".count")
    yield scene.tab
    assert scene.tab.errors == []


HELD = """(() => {
  const ask = window.fetch, held = new Promise((go) => { window.letGo = go; });
  window.fetch = async (...words) => {
    const told = await ask(...words);
    if (String(words[0]).endsWith("/retry")) await held;
    return told;
  };
})()"""
"""Has the answer to a retry come to the page when the news of it are there already."""


def test_a_worker_is_watched_and_answered_and_another_one_stopped(scene: Scene, tab: Browser) -> None:
    box = scene.box
    run = submit(box, "workflow=asks", *PLAIN, "script=hello", "task=look at it")
    tab.sees("look at it")
    scene.shows(run)
    tab.sees("Shall it go on?", ".ask")
    tab.sees("1 of 2 passed")
    tab.sees("needs sure", ".waits")
    assert f"ccorch answer {run[:8]} sure yes" in tab.text(".commands")

    tab.click(".ask input")
    tab.type("looks right")
    tab.click('[data-choice="yes"]')
    tab.sees("done", ".badge")
    tab.sees("2 of 2 passed")
    tab.sees("answered yes from board")
    answered = next(event for event in events(box, run) if event["type"] == "answered")
    told = {name: answered[name] for name in ("choice", "by", "who", "reason")}
    assert told == {"choice": "yes", "by": "board", "who": ME, "reason": "looks right"}
    _, again, _ = scene.ask(f"/api/runs/{run}/answer", "POST", {"node": "sure", "choice": "yes"})
    assert again["error"]["code"] == "RUN_STATE_CONFLICT"

    tab.click('.workers .row[data-key="tell"]')
    tab.js(HELD)
    tab.click('[data-verb="retry"]')
    tab.sees("needs rerun", ".badge")
    tab.holds("document.querySelector('.steer input') === null")
    tab.js("window.letGo()")
    tab.sees("set back: tell; Resume goes on", ".steer")
    tab.click('[data-verb="resume"]')
    tab.sees("done", ".badge")
    assert [event["by"] for event in events(box, run) if event["type"] == "resume_asked"] == ["board"]
    assert tab.js("document.querySelector('[data-verb=pause], [data-verb=resume]')") is None

    endless = submit(box, *PLAIN, script("loop"), "policy.max_turns=400", "role.max_turns=null", "task=for ever")
    scene.shows(endless)
    tab.sees("Read", ".pane")
    tab.click('[data-verb="pause"]')
    tab.holds("document.querySelector('[data-verb=resume]') !== null")
    tab.js("document.querySelector('.steer input').focus()")
    tab.type("look at the tests, too")
    tab.press("Tab")
    tab.press("Enter")
    tab.sees("sent; it hears this when its turn is over", ".steer")
    assert scene.ask(f"/api/runs/{endless}/pause", "POST", {})[1]["asked"] is False
    tab.js("document.querySelector('[data-verb=resume]').focus()")
    tab.press("Enter")
    tab.holds("document.querySelector('[data-verb=pause]') !== null")
    told = [(event["type"], event["by"]) for event in events(box, endless) if event.get("by") == "board"]
    assert told == [("pause_asked", "board"), ("steered", "board"), ("resume_asked", "board")]
    tab.click("button.danger")
    tab.sees("Workers end, evidence stays.")
    tab.click("button.danger")
    tab.sees("cancelled", ".badge")
    stopped = next(event for event in events(box, endless) if event["type"] == "stop_asked")
    assert (stopped["by"], stopped["who"]) == ("board", ME)


def test_what_a_worker_found_is_told_apart_from_what_rules_noticed(scene: Scene, tab: Browser) -> None:
    box = scene.box
    run = submit(box, "role=review", "profile=scripted", "script=review", "task=Look")
    assert finished(box, run) == "done"
    assert box.ccorch("note", run, "seen by me").status == 0
    scene.shows(run)

    tab.sees("findings", ".pane")
    tab.sees("The README does not say how to run the tests", ".pane")
    tab.sees("No rule noticed anything. What a worker found stands in its answer.", ".findings")
    tab.sees("seen by me", ".findings")
    assert "findings" not in tab.text(".findings").lower()
    assert "findings: 1" in box.ccorch("show", run).out
    assert "noticed by rules" in box.ccorch("verify", run).out
    scene.shows(kit.BIG)
    tab.sees("Noticed by rules", ".findings")
    tab.sees("was made 6 times with the same result", ".findings")


def test_a_thousand_runs_are_found_filtered_and_opened_by_the_keyboard(scene: Scene, tab: Browser) -> None:
    tab.holds("document.querySelectorAll('a.row').length > 20")
    tab.holds("document.querySelectorAll('a.row').length < 80")

    tab.press("/")
    tab.type("currency nightly testing")
    tab.holds("/^\\d+ of \\d+ runs$/.test(document.querySelector('.count').textContent)")
    rows = tab.js("[...document.querySelectorAll('a.row')].map((row) => row.innerText)")
    assert rows
    assert all("currency" in row and "nightly" in row for row in rows), rows
    tab.press("Escape")
    tab.js("location.hash = '#/?risk=critical&state=failed'")
    tab.holds("document.querySelectorAll('a.row').length === 2")
    tab.press("j")
    tab.press("Enter")
    tab.sees("a github_token stands in the change")
    tab.press("Escape")
    tab.js("location.hash = '#/?active=1'")
    tab.holds("[...document.querySelectorAll('a.row .state')].every((one) => !/done|failed/.test(one.innerText))")
    tab.press("?")
    tab.holds("document.querySelector('#help').open")
    tab.press("Escape")
    tab.js("document.querySelector('.scroll').scrollTop = 1e9")


def test_a_workflow_is_drawn_with_its_states_times_money_and_change(scene: Scene, tab: Browser) -> None:
    folder = scene.box.project / ".agent-workspace/ccorch/runs" / kit.BIG
    before = {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}
    scene.shows(kit.BIG)
    tab.sees("Shall it be released?", ".ask")
    states = "Object.fromEntries([...document.querySelectorAll('.v')].map((v) => [v.dataset.node, v.classList[1]]))"
    tab.holds("document.querySelectorAll('.dag .edge').length >= 9")
    tab.holds("document.querySelectorAll('.time .bar.stale').length === 4")
    tab.holds("document.querySelectorAll('.money .curve').length === 2")
    drawn = tab.js(states)
    assert (drawn["review"], drawn["release"], drawn["documentation"]) == ("t-ok", "t-warn", "t-idle")
    assert tab.js("document.querySelector('.dag .graph').scrollWidth <= document.querySelector('.dag').clientWidth")

    tab.click('.v[data-node="implementation"]')
    tab.sees("no migration is part of this change", ".pane")
    tab.click('[data-tab="handoff"]')
    tab.sees("14 old receipts", ".pane")
    tab.click('[data-tab="diff"]')
    tab.sees("git apply", ".pane")
    tab.holds("document.querySelectorAll('.diff .add').length === 11")
    tab.holds("document.querySelectorAll('.diff .del').length === 2")
    tab.click('[data-tab="facts"]')
    tab.sees("strongest model of 4", ".pane")
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before

    scene.shows(HUGE_RUN)
    tab.holds("document.querySelectorAll('.v.small').length === 1000")
    tab.sees("and 99 more", ".waits")


@pytest.mark.parametrize("dark", [False, True])
def test_forty_columns_hold_everything(scene: Scene, tab: Browser, dark: bool) -> None:
    tab.look(340, 720, dark)
    tab.holds("!!document.querySelector('a.row')")
    fits = "document.documentElement.scrollWidth"
    assert tab.js(fits) <= 340
    for run in (kit.BIG, HUGE_RUN, HOSTILE_RUN):
        scene.shows(run)
        tab.holds("!!document.querySelector('.card')")
        assert tab.js(fits) <= 340, run
    tab.js("location.hash = '#/queue'")
    tab.holds("!!document.querySelector('.queue .card')")
    assert tab.js(fits) <= 340, "queue"
    paper = tab.js("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(16, 18, 20)" if dark else "rgb(247, 247, 245)")


def test_what_a_worker_says_stays_words(scene: Scene, tab: Browser) -> None:
    scene.shows(HOSTILE_RUN)
    tab.sees("<img src=x onerror=alert(1)>", ".pane")
    text = tab.text("body")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", text)
    assert kit.RIGHT_TO_LEFT in text
    assert tab.js("document.querySelectorAll('main img, main script').length") == 0
    assert tab.js("getComputedStyle(document.querySelector('h1 bdi')).unicodeBidi") == "isolate"


def test_a_huge_answer_comes_in_pieces(scene: Scene, tab: Browser) -> None:
    read = scene.read
    _, page, _ = scene.ask(f"/api/runs/{LONG_RUN}/nodes/a/1")
    assert (page["answer"]["size"], page["answer"]["next"], page["answer"]["start"]) == (LONG, 1 << 18, 0)
    _, piece, _ = scene.ask(f"/api/runs/{LONG_RUN}/nodes/a/1/answer?from={LONG - 5}")
    assert (piece["start"], piece["next"]) == (LONG - 5, None)
    assert scene.read - read < LONG / 2, "the whole answer was read"
    scene.shows(LONG_RUN)
    tab.sees("of 95.4 MB", ".pane")


def test_a_run_that_is_deleted_while_it_is_shown_is_told_as_gone(scene: Scene, tab: Browser) -> None:
    run = "e" * 16
    folder = kit.write(scene.box.project, run, plan(node("a"), task="soon gone"), (), time.time())
    tab.js("location.hash = '#/?q=gone'")
    tab.sees("soon gone")
    scene.shows(run)
    shutil.rmtree(folder)
    tab.sees("This cannot be shown")
    tab.js("location.hash = '#/?q=gone'")
    tab.sees("No run fits these filters")


def test_nothing_is_answered_without_token_or_to_somebody_elses_page(scene: Scene, tab: Browser) -> None:
    runs, stop, answer = "/api/queue", f"/api/runs/{kit.BIG}/stop", f"/api/runs/{kit.BIG}/answer"
    refused = {
        "no token": scene.ask(runs, Authorization=None),
        "wrong token": scene.ask(runs, Authorization=f"Bearer {scene.token[:-1]}x"),
        "other scheme": scene.ask(runs, Authorization=f"Basic {scene.token}"),
        "odd token": scene.ask(runs, Authorization="Bearer \u00e9"),
        "foreign host": scene.ask(runs, Host="evil.example"),
        "other port": scene.ask(runs, Host="127.0.0.1:1"),
        "no host": scene.ask(runs, Host=""),
        "foreign origin": scene.ask(runs, Origin="http://evil.example"),
        "null origin": scene.ask(runs, Origin="null"),
        "other site": scene.ask(runs, Sec_Fetch_Site="cross-site"),
        "page of a foreign host": scene.ask("/", Host="evil.example", Authorization=None),
        "post without origin": scene.ask(stop, "POST", {}, Origin=None),
        "post without own header": scene.ask(stop, "POST", {}, X_Ccorch_Board=None),
        "post without token": scene.ask(stop, "POST", {}, Authorization=None),
        "get of a verb": scene.ask(stop),
        "unknown verb": scene.ask(f"/api/runs/{kit.BIG}/accept", "POST", {}),
        "unknown field": scene.ask(answer, "POST", {"node": "release", "choice": "approve", "force": True}),
        "no object": scene.ask(answer, "POST", [1]),
        "nested without end": scene.ask(answer, "POST", b"[" * 60_000),
        "retry without token": scene.ask(
            f"/api/runs/{kit.BIG}/retry", "POST", {"node": "review"}, Authorization=None
        ),
        "send of a foreign page": scene.ask(
            f"/api/runs/{kit.BIG}/send", "POST", {"text": "x"}, Origin="http://a.b"
        ),
        "resume without own header": scene.ask(f"/api/runs/{kit.BIG}/resume", "POST", {}, X_Ccorch_Board=None),
        "pause without origin": scene.ask(f"/api/runs/{kit.BIG}/pause", "POST", {}, Origin=None),
        "too much": scene.ask(answer, "POST", {"node": "x" * 100_000}),
        "unknown run": scene.ask(f"/api/runs/{'0' * 16}"),
        "climbing run": scene.ask("/api/runs/..%2f..%2fplan.json"),
        "climbing path": scene.ask("/../../../../etc/passwd"),
        "climbing node": scene.ask(f"/api/runs/{kit.BIG}/nodes/..%2f..%2f/1"),
        "climbing text": scene.ask(f"/api/runs/{kit.BIG}/nodes/review/1/..%2fx"),
        "unknown text": scene.ask(f"/api/runs/{kit.BIG}/nodes/review/1/argv"),
        "no byte": scene.ask(f"/api/runs/{kit.BIG}/nodes/review/1/answer?from=-1"),
    }

    assert {name: (status, told["error"]["code"]) for name, (status, told, _) in refused.items()} == {
        "no token": (401, "NO_TOKEN"),
        "wrong token": (401, "NO_TOKEN"),
        "other scheme": (401, "NO_TOKEN"),
        "odd token": (401, "NO_TOKEN"),
        "foreign host": (421, "FOREIGN_HOST"),
        "other port": (421, "FOREIGN_HOST"),
        "no host": (421, "FOREIGN_HOST"),
        "foreign origin": (403, "FOREIGN_ORIGIN"),
        "null origin": (403, "FOREIGN_ORIGIN"),
        "other site": (403, "FOREIGN_ORIGIN"),
        "page of a foreign host": (421, "FOREIGN_HOST"),
        "post without origin": (403, "FOREIGN_ORIGIN"),
        "post without own header": (403, "FOREIGN_ORIGIN"),
        "post without token": (401, "NO_TOKEN"),
        "get of a verb": (405, "NOT_ANSWERED"),
        "unknown verb": (404, "NOT_ANSWERED"),
        "unknown field": (400, "ARG_INVALID"),
        "no object": (400, "ARG_INVALID"),
        "nested without end": (400, "ARG_INVALID"),
        "retry without token": (401, "NO_TOKEN"),
        "send of a foreign page": (403, "FOREIGN_ORIGIN"),
        "resume without own header": (403, "FOREIGN_ORIGIN"),
        "pause without origin": (403, "FOREIGN_ORIGIN"),
        "too much": (413, "NOT_ANSWERED"),
        "unknown run": (404, "RUN_NOT_FOUND"),
        "climbing run": (404, "NOT_ANSWERED"),
        "climbing path": (404, "NOT_ANSWERED"),
        "climbing node": (404, "NOT_FOUND"),
        "climbing text": (404, "NOT_ANSWERED"),
        "unknown text": (404, "NOT_FOUND"),
        "no byte": (400, "ARG_INVALID"),
    }
    policies = {headers["Content-Security-Policy"] for _, _, headers in refused.values()}
    assert len(policies) == 1
    assert scene.ask("/")[2]["Content-Security-Policy"] in policies
    assert (
        "stop_asked"
        not in (Path(scene.box.project) / f".agent-workspace/ccorch/runs/{kit.BIG}/events.ndjson").read_text()
    )

    tab.js("localStorage.clear()")
    tab.open(scene.address.partition("#")[0])
    tab.sees("This page needs its token")
    tab.open(scene.address)
    tab.sees(" runs", ".count")
    assert tab.js("location.hash") == "#/"
    tab.errors.clear()  # the browser tells of the refused request


def test_the_board_fits_into_one_file_that_asks_nobody(scene: Scene, tab: Browser) -> None:
    file = scene.box.root / "board.html"
    said = scene.box.ccorch("board", kit.BIG, "--export", str(file))
    assert (said.status, said.out.strip()) == (0, f"written to {file}")
    tab.open(f"file://{file}")
    tab.sees("Replace floating-point prices", "h1")
    assert tab.js("location.hash") == f"#/run/{kit.BIG}", "a file of one run opens on it"
    tab.js("location.hash = '#/'")
    tab.holds("document.querySelectorAll('a.row').length === 1")
    assert tab.js("document.querySelector('.count').textContent") == "1 run"
    tab.click("a.row")
    tab.click('.workers .row[data-key="implementation"]')
    tab.sees("no migration is part of this change", ".pane")
    assert tab.js("document.querySelectorAll('.ask button').length") == 0
    assert tab.js("performance.getEntriesByType('resource').length") == 0
    assert scene.box.ccorch("board", "--export", str(scene.box.root / "no/such/file")).status == 2
    assert scene.box.ccorch("board", "--port", str(scene.port)).status == 2
