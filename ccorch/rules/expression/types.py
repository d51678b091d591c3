"""Which fields the nodes of a plan have, and what they may be: told from the contracts of their handoffs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from ccorch.schema.handoff import contract as contract_of
from ccorch.schema.status import Outcome

Kind = Literal["string", "integer", "number", "boolean", "list", "object", "null"]


@dataclass(frozen=True, slots=True)
class Type:
    """What a field may be."""

    kind: Kind
    members: tuple[str, ...] = ()
    """The only texts it may be; none means any."""
    fields: Mapping[str, "Type"] = field(default_factory=dict)
    """What an object holds."""
    optional: bool = False
    """Whether it may be null."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """What can be said of a node."""

    fields: Mapping[str, Type]
    """Its fields by name."""
    fan_out: bool = False
    """Whether it stands for many members, of which all(), any() and count() speak."""


Types = Mapping[str, NodeType]
"""What can be read, by the ids of the nodes."""

STATES = ("passed", "omitted", "failed", "skipped")
"""How a node can be over."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that is counted out of a list of the handoff."""

    list: str
    """The list."""
    counts: Callable[[Mapping[str, Any]], bool] = lambda _: True
    """Which of its entries count."""


COUNTS: Mapping[str, Counted] = {
    "blocking_count": Counted("blocking_issues"),
    "failure_count": Counted("failures"),
    "finding_count": Counted("findings"),
    "critical_count": Counted("findings", lambda finding: finding.get("severity") == "critical"),
    "high_count": Counted("findings", lambda finding: finding.get("severity") == "high"),
}
"""Fields that no worker claims: what each contract that has the list offers besides."""


def node_type(contract: str | None, *, fan_out: bool = False) -> NodeType:
    """What can be said of a node that owes that handoff; a gate owes none."""
    return NodeType(_fields(contract), fan_out)


def type_of(said: Mapping[str, Any], nouns: Mapping[str, Any]) -> Type:
    """The type of a field by its JSON Schema; `nouns` are the schema's definitions."""
    match said:
        case {"$ref": str(ref)}:
            return type_of(nouns[ref.rpartition("/")[2]], nouns)
        case {"anyOf": [one, {"type": "null"}]}:
            found = type_of(one, nouns)
            return Type(found.kind, found.members, found.fields, optional=True)
        case {"const": str(word)}:
            return Type("string", (word,))
        case {"enum": list(members)}:
            return Type("string", tuple(members))
        case {"type": "array"}:
            return Type("list")
        case {"type": "object"}:
            inner = said.get("properties", {})
            return Type("object", fields={name: type_of(one, nouns) for name, one in inner.items()})
        case {"type": "string" | "integer" | "number" | "boolean" as kind}:
            return Type(kind)
        case _:
            raise TypeError(f"a handoff's field has a schema that gates cannot read: {said}")


_OWN = {"state": Type("string", STATES), "outcome": Type("string", get_args(Outcome)), "attempt": Type("integer")}


@cache
def _fields(contract: str | None) -> Mapping[str, Type]:
    if contract is None:
        return {"status": Type("string", ("pass", "fail")), **_OWN}
    schema = contract_of(contract).model_json_schema()
    handed = {name: type_of(said, schema.get("$defs", {})) for name, said in schema["properties"].items()}
    counted = {name: Type("integer") for name, count in COUNTS.items() if count.list in handed}
    return {**counted, **handed, **_OWN}
