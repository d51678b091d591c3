"""A prompt of the pack is part of what a real worker is told, with the caller's words in it."""

import shlex

from tests.journeys.kit import PLAIN
from tests.machine import Machine


def test_a_worker_is_told_how_to_go_about_it_in_the_callers_words(box: Machine) -> None:
    ours = box.project / ".ccorch/prompts/ours.yaml"
    ours.parent.mkdir(parents=True)
    ours.write_text("# Asks.\nname: ours\nsummary: Asks.\nvalues: {who: null}\ntext: Ask {{who}} first.\n")
    refused = box.ccorch("plan", *PLAIN, "prompt=ours", "task=x")
    assert (refused.status, "give prompt.values.who=" in refused.err) == (2, True)
    refused = box.ccorch("plan", *PLAIN, "prompt=ours", "prompt.values.whom=ada", "task=x")
    assert (refused.status, "has no placeholder {{whom}}" in refused.err) == (2, True)

    run = box.run(*PLAIN, "script=hello", "prompt=ours", "prompt.values.who=ada, or {{bob}}", "task=x")

    folder = box.project / ".agent-workspace/ccorch/runs" / run["run_id"]
    told = (folder / "nodes/main/1/prompt.md").read_text()
    assert "\n\nAsk ada, or {{bob}} first.\n\n" in told
    names = [one["name"] for one in box.json("prompt", "ls")["prompts"]]
    assert {"ours", "bugfix"} <= set(names)
    shown = box.json("prompt", "render", "ours", "who=eve, it's me")
    assert shown["words"] == "Ask eve, it's me first."
    file = box.root / "asked.json"
    planned = box.ccorch("plan", *PLAIN, *shlex.split(shown["use"])[1:], "--out", str(file))
    assert (planned.status, "Ask eve, it's me first." in file.read_text()) == (0, True)
    assert "name: ours" in box.ccorch("prompt", "show", "ours").out
    assert "not for review" in box.ccorch("plan", *PLAIN, "prompt=bugfix", "task=x").out
