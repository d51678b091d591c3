"""What a new version changes is told, key by key, and nothing is applied."""

import json
from pathlib import Path

from ccorch.config.installed import renewing
from ccorch.ports.vitals import Contract
from tests.fakes.vitals import SaidVitals
from tests.frontends.houses import Stage


def lines(stage: Stage) -> dict[str, tuple[str, str | None]]:
    said = stage.ccorch("upgrade-check", "--json")
    told = {line["check"]: (line["state"], line["command"]) for line in json.loads(said.out)["lines"]}
    assert said.status == (1 if "fail" in {state for state, _ in told.values()} else 0)
    return told


def test_what_has_to_be_rewritten_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.ccorch("init", "--persona")
    assert {state for state, _ in lines(stage).values()} == {"ok"}
    assert "1 file in" in stage.ccorch("upgrade-check", width=300).out
    (tmp_path / ".ccorch/schemas/role.schema.json").write_text("{}")
    stage.ccorch("persona", "write", "--parts", "worker")
    before = {
        path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "cache" not in path.parts
    }

    found = lines(stage)

    assert found["schemas"] == ("fail", "rm -r .ccorch/schemas && ccorch init")
    assert found["persona"] == ("warn", "ccorch persona write")
    assert {path: path.read_bytes() for path in before} == before


def test_a_binary_that_lacks_what_workers_need_is_a_failure(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.vitals = SaidVitals(of_claude=Contract("f" * 12, False, ("--restricted",)))
    assert lines(stage)["claude"] == ("fail", renewing("claude"))
    stage.vitals = SaidVitals(of_claude=Contract("f" * 12, False))
    assert lines(stage)["claude"] == ("warn", "ccorch doctor --rehearse")
