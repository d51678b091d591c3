"""What is needed of Claude Code is compared with what a binary has; what is not known counts for nothing."""

import json
from pathlib import Path

import pytest

from ccorch.adapters.claude_code.contract import SHAPES, USED, contract, fingerprint, flags_of, unknown_shapes
from ccorch.adapters.claude_code.ending import Classifier
from ccorch.errors import ClaudeUnusable

HELP = (
    "Usage: claude [options]\n" + "\n".join(f"  {flag} <x>   Does it." for flag in USED) + "\n  -v, --verbose-ish\n"
)


def binary(folder: Path, text: str, status: int = 0) -> Path:
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_missing_flags_are_named_and_new_ones_change_the_fingerprint(tmp_path: Path) -> None:
    whole = contract(binary(tmp_path, HELP), "9.9.9", "/usr/bin:/bin")
    less = contract(binary(tmp_path, HELP.replace("--restricted", "--restricted-more")), "9.9.9", "/usr/bin:/bin")

    assert (whole.missing, whole.is_tried) == ((), False)
    assert less.missing == ("--restricted",)
    assert whole.fingerprint != less.fingerprint
    assert fingerprint(flags_of(HELP)) == whole.fingerprint


@pytest.mark.parametrize(("text", "status"), [("no flags\n", 0), (HELP, 3)])
def test_a_binary_without_help_is_none(tmp_path: Path, text: str, status: int) -> None:
    with pytest.raises(ClaudeUnusable):
        contract(binary(tmp_path, text, status), "9.9.9", "/usr/bin:/bin")


def test_an_ending_of_an_unknown_shape_is_told_and_never_a_success() -> None:
    good = {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "done",
        "terminal_reason": "completed",
    }
    strange = (
        {**good, "type": "farewell"},
        {**good, "subtype": "success_2"},
        {**good, "terminal_reason": "satisfied"},
        {**good, "is_error": None},
    )
    for ending in strange:
        classifier = Classifier("p", "m", wants_handoff=False, same_model=lambda a, b: True)
        for data in ({"type": "system", "subtype": "init"}, ending):
            classifier.take(data)
        told = classifier.ending({"reason": "exited", "rc": 0})
        assert told.outcome == "failed", ending
    stream = "\n".join(map(json.dumps, (good, *strange, {"type": "assistant"}))).encode() + b"\nno json\n[]\n"

    assert unknown_shapes(stream) == ("farewell", "result/success_2")
    assert "result/success" in SHAPES
