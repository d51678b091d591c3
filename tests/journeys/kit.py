"""What journeys share: scripts, plain answers, and looking into a machine."""

from pathlib import Path
from typing import Any

from tests.machine import PATIENCE, Machine, until

SCRIPTS = Path(__file__).parent / "scripts"
PLAIN = ("profile=scripted", "role.handoff=null")
"""A worker that answers in free text on the scripted model."""


def script(name: str) -> str:
    """Override that plays a script of the journeys."""
    return f"script={SCRIPTS / name}.yaml"


def held(box: Machine, *turns: str) -> str:
    """Override that plays these turns and then one that says something and ends when it is let go."""
    path = box.root / "held.yaml"
    last = f"{{text: one two three four, chunks: 4, hold: {_go(box)}}}"
    played = "".join(f"  - {turn}\n" for turn in (*turns, last))
    path.write_text(f"# Is at work until it is let go.\ndefault:\n{played}")
    return f"script={path}"


def let_go(box: Machine) -> None:
    """Let the held workers end."""
    _go(box).touch()


def submit(box: Machine, *words: str) -> str:
    """Submit a run and give its id."""
    result = box.ccorch("run", *words, "--detach")
    assert result.status == 0, result
    return result.out.split()[0]


def shown(box: Machine, run: str) -> Any:
    """The run's summary."""
    return box.json("show", run)


def node(box: Machine, run: str, at: int = 0) -> Any:
    """One node of the run's summary."""
    return shown(box, run)["summary"]["nodes"][at]


def events(box: Machine, run: str) -> list[Any]:
    """The run's log."""
    return list(box.json("show", run, "--view", "log")["events"])


def until_event(box: Machine, run: str, kind: str) -> Any:
    """Wait until the log has an event of this type."""
    folder = box.project / ".agent-workspace/ccorch/runs" / run / "events.ndjson"
    until(lambda: f'"type":"{kind}"' in folder.read_text() if folder.exists() else False)


def finished(box: Machine, run: str) -> str:
    """Wait for the end; the run's status."""
    return str(box.ccorch("wait", run, "--timeout", str(PATIENCE), "--json").data["status"])


def closed(box: Machine, run: str) -> Path:
    """The folder of a run that is over, once everything that is written at its end lies there."""
    private = box.state / "attempts" / run
    until(lambda: (private / "ended.json").exists() or not private.is_dir())
    return box.project / ".agent-workspace/ccorch/runs" / run


def _go(box: Machine) -> Path:
    return box.root / "go"


def ledger(box: Machine) -> list[str]:
    """Every line of the ledger."""
    return [
        line for file in sorted((box.state / "ledger").glob("*.ndjson")) for line in file.read_text().splitlines()
    ]
