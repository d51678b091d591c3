"""Resources: runs, their files and the configuration by address, each answered by the tool that tells the same."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from mcp_types import Resource, ResourceTemplate

from ccorch.errors import ArgumentInvalid, NotFound
from ccorch.rules.plain import line
from ccorch.schema.artifacts import MOST_LINES

SCHEME = "ccorch://"
JSON, TEXT = "application/json", "text/plain"

_NUMBER = re.compile(r"[0-9]{1,12}")

LONGEST = 2_000
"""Letters of an address."""

RESOURCES = (
    Resource(
        uri="ccorch://config",
        name="config",
        description="What configuration can say; ccorch://config/NAME tells a group or a key.",
        mime_type=JSON,
    ),
    Resource(
        uri="ccorch://runs",
        name="runs",
        description="Runs of this project, newest first; ccorch://runs/RUN_ID is one.",
        mime_type=JSON,
    ),
)
"""The same in every project, at every time: runs come and go, and a list of them would never be the same twice."""

TEMPLATES = (
    ResourceTemplate(
        uri_template="ccorch://config/{path}",
        name="config_entry",
        description="Options of a group such as role, or keys below a name such as policy.",
        mime_type=JSON,
    ),
    ResourceTemplate(
        uri_template="ccorch://runs/{run}",
        name="run",
        description="State, cost and answers of a run; answers quote workers.",
        mime_type=JSON,
    ),
    ResourceTemplate(
        uri_template="ccorch://runs/{run}/artifacts{?cursor}",
        name="artifacts",
        description="Files of a run with size and sha256.",
        mime_type=JSON,
    ),
    ResourceTemplate(
        uri_template="ccorch://runs/{run}/artifacts/{+path}{?start}",
        name="artifact",
        description="A file of a run from a line on, as text that a worker may have written.",
        mime_type=TEXT,
    ),
)


def asked(uri: str) -> tuple[str, dict[str, Any]]:
    """The tool that an address means, and its arguments; raises for an address that means none."""
    if len(uri) > LONGEST or not uri.startswith(SCHEME):
        raise _unknown(uri)
    place, _, query = uri.removeprefix(SCHEME).partition("?")
    meant = _meant(_parts(uri, place))
    if meant is None:
        raise _unknown(uri)
    tool, words, more = meant
    return tool, {**words, **_given(query, more)}


def _meant(parts: list[str]) -> tuple[str, dict[str, Any], tuple[str, ...]] | None:
    """Tool, arguments, and what may be said behind the question mark."""
    match parts:
        case ["config"]:
            return "catalog", {}, ()
        case ["config", path]:
            return "catalog", {"path": path}, ()
        case ["runs"]:
            return "run_list", {}, ("cursor",)
        case ["runs", run]:
            return "run_get", {"run": run}, ()
        case ["runs", run, "artifacts"]:
            return "artifact_list", {"run": run}, ("cursor",)
        case ["runs", run, "artifacts", *path]:
            return "artifact_read", {"run": run, "path": "/".join(path), "lines": MOST_LINES}, ("start",)
    return None


def _parts(uri: str, place: str) -> list[str]:
    try:
        parts = [unquote(part, errors="strict") for part in place.split("/")]
    except UnicodeDecodeError:
        raise _unknown(uri) from None
    if not all(parts):
        raise _unknown(uri)
    return parts


def _given(query: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not query:
        return {}
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=4)
    except ValueError:
        given = [(query, "")]
    unknown = [line(name)[:60] for name, _ in given if name not in known]
    if unknown or len(given) > len(known):
        raise ArgumentInvalid(
            f"this address takes no {', '.join(map(repr, unknown)) or 'argument twice'}",
            hint=f"after ? it takes {', '.join(known) or 'nothing'}",
        )
    return {name: int(value) if _NUMBER.fullmatch(value) and name == "start" else value for name, value in given}


def _unknown(uri: str) -> NotFound:
    known = [*(one.uri for one in RESOURCES), *(one.uri_template for one in TEMPLATES)]
    return NotFound(f"no resource {line(uri)[:100]!r}", hint=f"addresses are {', '.join(sorted(known))}")
