"""Tools made from the table of verbs: which fields are offered, how they are described and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from ccorch.errors import ArgumentInvalid, ConfigInvalid
from ccorch.operations.registry import BY_TOOL, Verb
from ccorch.schema.base import Value, field_docs
from ccorch.schema.mcp import McpSettings

CLOSED = frozenset(
    ("config_dir", "out", "task_file", "multirun", "plan", "accept_drift", "here", "check_scope")
) | {
    "foreground",
    "visible",
    "detach",
    "yes",
    *("test", "invariant", "planted", "protect", "own_edits"),
    *(
        "file",
        "paths",
        "supervisor",
        "rebuild",
        "canary",
        "rehearse",
        "csv",
        "columns",
        "invoice",
        "format",
        "send",
        "stdin",
        "apply",
    ),
}
"""Fields of the command line: sweeps, files of the machine, programs to run, deleting and the owner's own word."""

LONGEST_WAIT = 240.0
"""Seconds that a call may wait; clients give up after 300."""

DOCS = {
    "task": "What is to be done.",
    "overrides": 'Such as ["role=review", "policy.max_turns=9"]; values plain or JSON.',
    "overlay": 'Typed: {"groups": {"role": "review"}, "set": {"policy.max_turns": 9}}.',
    "plan_id": "From plan; nothing else is needed then.",
    "idempotency_key": "Same key, same run. Without one an unfinished run of the same plan is returned.",
    "confirm": "plan_id that the user agreed to, after CONFIRMATION_NEEDED.",
    "run": "run_id; none means the latest.",
    "glob": "Such as nodes/*/*/handoff.json.",
    "grep": "Only lines with this text.",
    "lines": "At most 2000.",
    "start": "First line.",
    "path": "As artifact_list gives it.",
    "catalog.path": "A group such as role, a key prefix such as policy, or profiles, handoffs, ceiling, keys.",
    "run_submit.overrides": "As in plan.",
    "run_submit.overlay": "As in plan.",
    "run_submit.task": "As in plan.",
    "usage.until": "Last local day, in the same words.",
    "report.label": "Many runs: those with this label.",
    "run_scan.target": "run_id, file or folder of the project; none means its uncommitted lines.",
    "run_diff.run": "run_id; none means the project's uncommitted files.",
    "review.run": "Runs that it rests on.",
    "run_verify.timeout": "Most seconds for each command.",
    "run_verify.lane": "Which lane's result, where several wrote.",
    "query": "Only what speaks of this.",
    "limit": "Most runs.",
    "label": "Only runs with this label.",
    "state": "Only runs in this state.",
    "node": "A node or gate.",
    "view": "Which view.",
    "cursor": "From the last reply.",
    "until": "done: the run is over; node: another node is; change: anything new.",
    "timeout": f"Seconds, at most {LONGEST_WAIT:.0f}.",
    "text": "Words of send and note, choice of answer, reason of others.",
    "controller_tokens": "Tokens that you spent on this run.",
    "controller_usd": "Dollars likewise.",
    "controller_model": "Your model.",
    "reason": "Why.",
    "into": "Branch; none takes the one checked out.",
    "how": "How it comes in.",
    "decision": "accept needs a passing verdict.",
    "action": "",
}
"""Sentences where the field's own speaks of the command line."""

DROPPED = ("default", "minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "pattern")
"""What clients drop from schemas; the request model holds it, and refuses in words."""

SUMMARIES = {
    "artifact_list": "Files of a run with size and sha256.",
    "artifact_read": "Lines of a file of a run, as text that a worker may have written.",
    "catalog": "What configuration can say: groups, options, keys with default, limits, meaning.",
    "plan": "What would run, on what, and the most it can cost; starts nothing. Gives plan_id.",
    "doctor": "Look at everything that runs lean on, and name what mends it.",
    "handoff_repair": "The words that ask a worker to mend its handoff; run_control(action=send) says them.",
    "handoff_validate": "Judge the handoffs of a run by their contracts.",
    "profiles": "Every profile: source, models, endpoint, price, health, whether it can be launched.",
    "report": "A report as Markdown: a run's whole story, or many runs side by side.",
    "review": "Weigh an action by facts about runs: approve, revise or block.",
    "usage": "What was used and spent: tokens, money, durations, failures and budget stops.",
    "run_scan": "Look for secrets: kinds and places, never values.",
    "workspace_clean": "What cleaning would delete; only your user can have it deleted.",
    "workspace_policy": "Which folder is for what and who may write there.",
    "run_list": "Runs of this project, newest first.",
    "run_submit": "Start a planned run; returns run_id at once. Then call run_wait.",
    "run_wait": "Wait for news of a run. Pass the returned cursor to the next call.",
    "run_get": "One view of a run: its answers, nodes, cost, config or log.",
    "run_control": "Steer a run.",
    "run_verify": "Judge a run that is over by its evidence and the owner's commands.",
    "run_decide": "Accept, reject or roll back a run; the owner must allow accepting.",
}
"""Sentence of each tool; the verb's own where there is none."""


@dataclass(frozen=True)
class Offer:
    """A verb as a tool."""

    name: str
    verb: Verb
    parameters: dict[str, Any]

    @property
    def description(self) -> str:
        """What it does."""
        return SUMMARIES.get(self.name, self.verb.summary)

    def request(self, arguments: Mapping[str, Any]) -> Value:
        """The request that the arguments make; anything unknown is refused with what is known."""
        known = list(self.parameters["properties"])
        unknown = [name for name in arguments if name not in known]
        if unknown:
            raise ArgumentInvalid(
                f"{self.name} takes no {', '.join(map(repr, unknown))}",
                hint=f"its arguments are {', '.join(known)}",
                accepted=known,
            )
        try:
            return self.verb.request.model_validate(dict(arguments))
        except ValidationError as problem:
            raise ArgumentInvalid(_in_words(problem), hint="correct the argument", accepted=known) from None


def offers(settings: McpSettings) -> tuple[Offer, ...]:
    """Every verb that the owner offers as a tool, in alphabetical order; raises ConfigInvalid."""
    unknown = [name for name in settings.tools if name not in BY_TOOL]
    if unknown:
        raise ConfigInvalid(
            f"mcp.yaml: tools: there is no tool {', '.join(unknown)}",
            hint=f"tools are {', '.join(sorted(BY_TOOL))}",
        )
    wanted = {
        name: verb
        for name, verb in BY_TOOL.items()
        if verb.toolset in settings.toolsets
        and (verb.reads or not settings.read_only)
        and (not settings.tools or name in settings.tools)
    }
    return tuple(offer(name) for name in sorted(wanted))


@cache
def offer(name: str) -> Offer:
    """A verb as a tool, whether or not the owner offers it as one."""
    return Offer(name, BY_TOOL[name], _parameters(name, BY_TOOL[name].request))


def _parameters(tool: str, request: type[Value]) -> dict[str, Any]:
    """The request's JSON Schema without what is closed: small, without titles and references."""
    schema = request.model_json_schema()
    docs = {**field_docs(request), **DOCS}
    fields = {
        name: _described(_inline(field, schema.get("$defs", {})), docs.get(f"{tool}.{name}", docs[name]))
        for name, field in schema["properties"].items()
        if name not in CLOSED and (name != "overrides" or "overlay" in schema["properties"])
    }
    required = [name for name in schema.get("required", ()) if name in fields]
    if "run" in required:
        fields["run"]["description"] = "run_id."
    return {
        "type": "object",
        "properties": fields,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _described(field: dict[str, Any], text: str) -> dict[str, Any]:
    default = field.get("default")
    # clients drop `default`, so it is said in words
    said = f" Default {default}." if default and not isinstance(default, dict) else ""
    words = text + said
    return {**_without_defaults(field), **({"description": words.strip()} if words else {})}


def _without_defaults(field: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key not in DROPPED and value is not True}
    if "properties" in kept:
        kept["properties"] = {name: _without_defaults(inner) for name, inner in kept["properties"].items()}
    return kept


def _inline(node: Any, nouns: Mapping[str, Any]) -> Any:
    match node:
        case {"$ref": str(ref), **rest}:
            return {**_inline(nouns[ref.rpartition("/")[2]], nouns), **_inline(rest, nouns)}
        case {"anyOf": [{**value}, {"type": "null"}], **rest}:
            return _inline({**value, **rest}, nouns)
        case {"properties": {**fields}}:
            kept = {key: value for key, value in node.items() if key not in ("title", "description", "properties")}
            return {**kept, "properties": {name: _inline(field, nouns) for name, field in fields.items()}}
        case {**entries}:
            return {key: _inline(value, nouns) for key, value in entries.items() if key != "title"}
        case list():
            return [_inline(entry, nouns) for entry in node]
    return node


def _in_words(problem: ValidationError) -> str:
    errors = problem.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'arguments'}: {error['msg']}" for error in errors)
