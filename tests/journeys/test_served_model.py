"""The model that answered is held against the planned one, message by message."""

import json
from pathlib import Path

from tests.journeys.kit import closed, finished, node, submit
from tests.journeys.test_isolation import native, provider
from tests.machine import Machine

READ = "tools: [{name: Read, input: {file_path: app.py}}]"
OTHER = "served_model: cheaper-model"


def script(box: Machine, *turns: str) -> tuple[Path, Path]:
    """A script of these turns, and where its provider keeps its books."""
    path = box.root / "s.yaml"
    path.write_text("# Answers.\ndefault:\n" + "".join(f"  - {{{turn}}}\n" for turn in turns))
    return path, box.root / "books.ndjson"


def test_a_date_an_alias_or_a_vendor_before_it_is_the_same_model(box: Machine) -> None:
    spelled = ["glm-5.2", "ZhipuAI/GLM-5.2", "glm-5.2-20260101"]
    turns = [f"{READ}, served_model: {name}" for name in spelled[:2]]
    with provider(*script(box, *turns, f"text: hello, served_model: {spelled[2]}")) as base_url:
        native(box, base_url, "glm-5.2[1m]")
        run = submit(box, "profile=mine", "role.handoff=null", "task=x")
        assert finished(box, run) == "done", node(box, run)

    assert node(box, run)["served"] == spelled


def test_another_model_stops_the_worker_at_its_first_message(box: Machine) -> None:
    path, books = script(box, READ, f"{READ}, {OTHER}", f"{READ}, {OTHER}", "text: done")
    with provider(path, books) as base_url:
        native(box, base_url)
        run = submit(box, "profile=mine", "role.handoff=null", "task=x")
        assert finished(box, run) == "failed"

    assert node(box, run)["outcome"] == "route_mismatch"
    for name in ("scripted-balanced", "cheaper-model"):
        assert name in node(box, run)["reason"]
    assert len(books.read_text().splitlines()) == 2


def test_another_model_is_only_a_warning_when_the_policy_says_so(box: Machine) -> None:
    path, books = script(box, f"{READ}, {OTHER}", f"text: hello, {OTHER}")
    with provider(path, books) as base_url:
        native(box, base_url)
        run = submit(box, "profile=mine", "role.handoff=null", "task=x", "policy.route_mismatch=warn")
        assert finished(box, run) == "done"

    assert len(books.read_text().splitlines()) == 2
    verdict = json.loads((closed(box, run) / "verdict.json").read_text())
    assert verdict["judgement"] == "fail"
    assert "cheaper-model" in json.dumps(verdict)
