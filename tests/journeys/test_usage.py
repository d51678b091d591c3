"""What was used and spent, told from the ledger: by role, label and run, with budget stops and notes."""

import json
import os
import pwd
import shutil
from pathlib import Path

from tests.adapters.cc_switch.fixtures import put, store, traces
from tests.journeys.kit import PLAIN, closed, finished, ledger, node, shown, submit
from tests.machine import Machine, until

ME = pwd.getpwuid(os.getuid()).pw_name


def test_usage_tells_what_runs_spent_and_what_their_controller_reports(box: Machine) -> None:
    first = submit(box, *PLAIN, "script=hello", "label=night", "task=look")
    assert finished(box, first) == "done"
    stopped = submit(box, *PLAIN, "script=endless", "cost.usd_per_run=0.01", "task=write")
    assert finished(box, stopped) == "failed"
    spent = [node(box, run)["usd"] for run in (first, stopped)]

    by_run = {row["name"]: row for row in box.json("usage", "--by", "run", "--since", "today")["rows"]}
    assert [by_run[run]["usd"] for run in (first, stopped)] == spent
    assert (by_run[first]["budget_stops"], by_run[stopped]["budget_stops"] > 0) == (0, True)
    labels = box.json("usage", "--by", "label")
    assert {row["name"] for row in labels["rows"]} == {"night", ""}
    assert 0 < labels["unattributed"]["share"] < 1
    assert box.ccorch("usage", "--by", "role").out.splitlines()[1].startswith("review ")
    head, *rows = box.ccorch("usage", "--by", "node", "--csv").out.splitlines()
    assert (head.startswith("node,requests,"), [row.partition(",")[0] for row in rows]) == (True, ["main", "total"])
    assert box.ccorch("usage", "--until", "yesterday").out.startswith("nothing was used to ")

    folder = closed(box, first)
    words = ("--controller-tokens", "5200", "--controller-usd", "0.03", "--controller-model", "opus")
    noted = box.ccorch("note", first, "the finding at cart.py:33 was wrong", *words)
    assert noted.status == 0, noted
    (note,) = shown(box, first)["summary"]["notes"]
    assert (note["by"], note["who"], note["controller_tokens"]) == ("terminal", ME, 5200)
    assert note["controller_usd"] == 0.03
    assert "its controller spent 5.2k tokens, $0.03 on opus" in " ".join(box.ccorch("show", first).out.split())
    manifest = until(lambda: _listed(folder, "events.ndjson"))
    assert manifest == (folder / "events.ndjson").stat().st_size

    check_invoice(box, round(sum(spent), 9))
    check_switch(box, first)

    # whatever happens to the project, what was spent and reported stays told
    until(lambda: box.json("usage")["runs"]["controller_reports"] == 1)
    assert "5.2k tokens, $0.03 of their own (1 report)" in " ".join(box.ccorch("usage").out.split())
    other = closed(box, stopped)
    assert box.ccorch("note", stopped, "--controller-tokens", "800").status == 0
    until(lambda: box.json("usage")["runs"]["controller_reports"] == 2)
    assert until(lambda: _listed(other, "events.ndjson")), "nobody writes there any more"
    shutil.rmtree(box.project / ".agent-workspace")
    told = box.json("usage")
    assert told["total"]["usd"] == round(sum(spent), 9)
    assert told["runs"]["judged"] == {"pass": 1, "fail": 1}
    # a report without dollars makes their sum unknown, and not smaller
    spent = ("controller_tokens", "controller_usd", "controller_known_usd", "controller_unpriced")
    assert [told["runs"][name] for name in spent] == [6000, None, 0.03, 1]
    said = "controllers report 6.0k tokens, $0.03 + 1 unknown of their own (2 reports)"
    assert said in " ".join(box.ccorch("usage").out.split())
    assert box.ccorch("note", first, "gone").status == 4
    for wrong in ("-5", "1e999", "nan", "many"):
        refused = box.ccorch("note", first, f"--controller-usd={wrong}")
        assert (refused.status, "--controller-usd" in refused.err) == (2, True), refused


def check_invoice(box: Machine, usd: float) -> None:
    day = box.json("usage", "--by", "day")["rows"][0]["name"]
    path = box.root / "invoice.csv"
    path.write_text(f"Date,Model,Cost\n{day},scripted-balanced,{usd}\n2020-01-01,other,7\n")

    rows = box.json("usage", "--invoice", str(path))["invoice"]["rows"]
    assert [(row["model"], row["state"]) for row in rows] == [
        ("other", "only there"),
        ("scripted-balanced", "matches"),
    ]
    path.write_text(f"Tag;Betrag\n{day};1,5\nbald;2\n")
    refused = box.ccorch("usage", "--invoice", str(path), "--columns", "day=Tag,usd=Betrag")
    assert (refused.status, f"{path}:3: 'bald' is no day" in " ".join(refused.err.split())) == (2, True), refused


def check_switch(box: Machine, run: str) -> None:
    line = next(one for one in map(json.loads, ledger(box)) if one["run"] == run and one["state"] == "closed")
    place = box.home / ".cc-switch"
    place.mkdir()
    with store(place, 17) as database:
        for id, provider, output in (("1", "glm", line["output_tokens"]), ("2", "_session", 77)):
            put(
                database,
                "proxy_request_logs",
                request_id=id,
                provider_id=provider,
                app_type="claude",
                model=line["served_model"],
                input_tokens=line["input_tokens"],
                output_tokens=output,
                total_cost_usd="0.5",
                latency_ms=0,
                status_code=200,
                created_at=int(line["at"]),
            )
    before = traces(place)
    told = box.json("usage", "--reconcile")["switch"]

    assert (told["both"], told["both_there_usd"], told["only_here"]) == (1, 0.5, 1)
    assert [(only["provider"], only["requests"]) for only in told["only_there"]] == [("_session", 1)]
    assert traces(place) == before
    shutil.rmtree(place)


def _listed(folder: Path, name: str) -> int | None:
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    size = (folder / name).stat().st_size
    return size if files[name]["bytes"] == size else None
