"""What each core tool's reply holds, as far as a controller that writes code needs it: names and kinds, no more.

Clients that have their model write scripts show it these as types, so it need not print a reply to learn its form.
Replies hold more than is said here. It is a table and not made from the replies' models, for a server that starts
imports no verb.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def _object(**fields: Schema) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


def _many(one: Schema) -> dict[str, Any]:
    return {"type": "array", "items": one}


TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
CURSOR: Schema = {"type": ["string", "integer"]}
ANY: Schema = {}

OUTPUTS: Mapping[str, Schema] = {
    "artifact_list": _object(artifacts=_many(_object(path=TEXT)), next_cursor=TEXT_OR_NULL),
    "catalog": _object(groups=ANY, keys=ANY),
    "plan": _object(
        plan_id=TEXT, nodes=_many(_object(id=TEXT, writes=BOOLEAN)), worst_usd=NUMBER_OR_NULL, warnings=_many(TEXT)
    ),
    "run_control": _object(run_id=TEXT, status=TEXT),
    "run_decide": _object(run_id=TEXT, decision=_object(decision=TEXT)),
    "run_get": _object(run_id=TEXT, status=TEXT, answers=_many(_object(node=TEXT, text=TEXT_OR_NULL, handoff=ANY))),
    "run_list": _object(runs=_many(_object(run_id=TEXT, status=TEXT)), next_cursor=TEXT_OR_NULL),
    "run_submit": _object(run_id=TEXT, existing=BOOLEAN),
    "run_verify": _object(
        run_id=TEXT, judgement=TEXT, checks=_many(_object(name=TEXT, judgement=TEXT, reason=TEXT)), state=TEXT
    ),
    "run_wait": _object(
        run_id=TEXT, status=TEXT, cursor=CURSOR, timed_out=BOOLEAN, next=TEXT, choices=_many(TEXT), runs=_many(ANY)
    ),
}
"""By tool. artifact_read gives text alone; the tools of ops are for people more than for scripts."""
