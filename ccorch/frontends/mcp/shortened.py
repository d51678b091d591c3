"""Replies that a terminal shows at length and a controller wants short."""

from collections.abc import Mapping
from typing import Any

from ccorch.frontends.mcp.hints import as_call

MANY = 3
"""With more groups than this, options are named and not told."""


def shortened(tool: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reply without what a controller does not need."""
    short = _SHORT.get(tool)
    told = data if short is None else short(data)
    step = told.get("next")
    if isinstance(step, str) and step.startswith("ccorch "):
        return {**told, "next": as_call(step)}
    return told


def _catalog(data: Mapping[str, Any]) -> Mapping[str, Any]:
    groups, keys = data["groups"], data["keys"]
    if len(groups) > MANY and len(keys) > len({key["key"].split(".")[0] for key in keys}) * 2:
        return {
            "groups": {group["name"]: [option["name"] for option in group["options"]] for group in groups},
            "keys": sorted({key["key"].split(".")[0] for key in keys}),
            "next": "catalog(path=NAME) tells a group's options or the keys below a name; query=TEXT searches",
        }
    return {
        "groups": {
            group["name"]: {option["name"]: option["summary"] for option in group["options"]} for group in groups
        },
        "keys": {key["key"]: _key(key) for key in keys},
    }


def _key(key: Mapping[str, Any]) -> dict[str, str]:
    told = {"type": key["type"], "limits": key["limits"], "default": key["default"], "doc": key["doc"]}
    return {name: value for name, value in told.items() if value}


def _list(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "runs": [{name: row[name] for name in row if name not in ("project",)} for row in data["runs"]],
        "next_cursor": data["next_cursor"],
    }


def _submit(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The plan was shown when it was planned; what counts now is the run."""
    plan = {name: data["plan"][name] for name in ("plan_id", "worst_usd", "warnings")}
    return {"run_id": data["run_id"], "existing": data["existing"], "plan": plan, "next": "run_wait"}


def _news(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is next is a call."""
    told = dict(data)
    if "choices" in data:
        told["choices"] = [as_call(command) for command in data["choices"]]
    if "runs" in data:
        told["runs"] = [_news(one) for one in data["runs"]]
    return told


def _shown(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is next is calls, and how the run went on is a view of its own."""
    step = data.get("next")
    if step is None:
        return data
    calls = [as_call(one["command"]) for one in step["choices"]]
    told = {name: value for name, value in data.items() if name != "timeline"}
    return {**told, "next": {"action": step["action"], "reason": step["reason"], "choices": calls}}


def _decided(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in data.items() if name != "next"}


_SHORT = {
    "run_wait": _news,
    "run_get": _shown,
    "run_decide": _decided,
    "run_submit": _submit,
    "catalog": _catalog,
    "run_list": _list,
}
