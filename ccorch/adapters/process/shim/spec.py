"""What the daemon ordered: the file `spec.json` of an attempt folder."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from .processes import check_marker
from .revive import DaemonSpec


class Spec(NamedTuple):
    """One worker to run, exactly."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    control: bool
    """Whether the worker speaks the stream-json control protocol."""
    hooks: bool
    """Whether every tool call is judged by `fence.json`; a worker that cannot block is not prompted."""
    message_file: str
    timeout_seconds: float
    limit: str
    """The same as people read it; the shim has no words of its own for lengths of time."""
    grace_seconds: float
    marker: str
    """The `NAME=value` that every descendant inherits and by which strays are found."""
    daemon: DaemonSpec | None
    hold_seconds: float = 0.0
    """How long a further message may take to arrive after a result, before the worker's input is closed."""
    turnstile: bool = False
    """Whether every tool call waits until the daemon has read the stream up to it."""

    @classmethod
    def read(cls, folder: str) -> Spec:
        with open(os.path.join(folder, "spec.json"), encoding="utf-8") as file:
            value: dict[str, Any] = json.load(file)
        if value.get("version") != 1:
            raise ValueError(f"spec.json has version {value.get('version')!r}; this shim reads version 1")
        check_marker(value["marker"])
        return cls(
            value["argv"],
            value["env"],
            value["cwd"],
            bool(value["control"]),
            bool(value["hooks"]),
            value.get("message_file") or "",
            float(value["timeout_seconds"]),
            value.get("limit") or f"{value['timeout_seconds']:g}s",
            float(value.get("grace_seconds", 4)),
            value["marker"],
            DaemonSpec(**value["daemon"]) if value.get("daemon") else None,
            float(value.get("hold_seconds", 0)),
            bool(value.get("turnstile")),
        )

    def worker_env(self) -> dict[str, str]:
        """The ordered environment and the mark, nothing else."""
        name, _, mark = self.marker.partition("=")
        return {**self.env, name: mark}
