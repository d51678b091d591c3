"""A worker is watched in a pane of its own while it is metered, fenced and recorded like any other."""

from tests.journeys.kit import PLAIN, closed, ledger
from tests.machine import Machine, until
from tests.tmux import tmux

READS = """\
# Reads a file and says what is wrong there.
default:
  - tools: [{name: Read, input: {file_path: "{{cwd}}/app.py"}}]
  - tools: [{name: Write, input: {file_path: "{{cwd}}/app.py", content: "x"}}]
  - {text: It subtracts where it should add.}
"""


def test_a_visible_worker_is_shown_in_a_pane_below_and_kept_like_any_other(box: Machine) -> None:
    script = box.root / "reads.yaml"
    script.write_text(READS)
    with tmux(box, columns=100, rows=44) as screen:
        words = ("ccorch", "role=review", *PLAIN, f"script={script}", "task=look", "--visible")
        screen.hit(" ".join(words), "Enter")
        until(lambda: len(screen.ask("list-panes", "-t", "it").splitlines()) == 2)
        below = screen.until("Enter closes this window", "it.1")
        above = screen.until("── main · review", "it.0")

    assert "● Read" in below
    assert "return a - b" in below
    assert "It subtracts where it should add." in below
    assert "It subtracts" in above
    run = box.json("list")["runs"][0]["run_id"]
    folder = closed(box, run)
    assert (folder / "nodes/main/1/exit.json").exists()
    assert "It subtracts" in (folder / "nodes/main/1/stream.ndjson").read_text()
    assert any(run in line for line in ledger(box)), "it is metered"
    assert (box.project / "app.py").read_text().startswith("def add"), "it is fenced"
