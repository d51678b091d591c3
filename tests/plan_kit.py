"""Plans for tests, made of plain words."""

from ccorch.schema.asked import Asked
from ccorch.schema.fact import Asker
from ccorch.schema.plan import Inputs, Limits, Plan, PlanNode
from ccorch.schema.policy import Retries
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.role import Role
from ccorch.schema.route import Route

HASH = "a" * 64
ADA = Asker(by="terminal", who="ada")
ROLE = Role(name="review", summary="Reads.", prompt="Read.")
PROFILE = Profile(
    name="scripted",
    source="scripted",
    base_url="",
    models=ProfileModels(balanced="scripted-balanced"),
    fingerprint=HASH,
)


def node(id: str, *needs: str, role: Role = ROLE, **more: object) -> PlanNode:
    """A plan node."""
    facts: dict[str, object] = {
        "id": id,
        "role": role,
        "route": Route(profile="scripted", model="scripted-balanced", reason="test"),
        "needs": needs,
        "system_prompt": "Read.",
        "writes": False,
        "timeout_seconds": 60,
        "max_turns": 10,
    }
    return PlanNode(**{**facts, **more})  # type: ignore[arg-type]


def plan(*nodes: PlanNode, max_concurrent: int = 4, **more: object) -> Plan:
    """A plan of these nodes."""
    facts: dict[str, object] = {
        "worker": "claude",
        "asked": Asked(),
        "task": "look",
        "profiles": (PROFILE,),
        "prices_dated": "2026-08-21",
        "inputs": Inputs(
            config=HASH,
            task=HASH,
            prompts=HASH,
            profiles={"scripted": HASH},
            prices={},
            routing=HASH,
            cli=None,
            commit=None,
            dirty=None,
        ),
        "limits": Limits(
            max_concurrent=max_concurrent,
            usd_per_run=1.0,
            usd_per_day=20.0,
            unpriced="refuse",
            route_mismatch="fail",
            priority=0,
            retries=Retries(lost=0, failed_reading=0),
            keep_raw=7,
        ),
        "nodes": nodes,
    }
    return Plan(**{**facts, **more})  # type: ignore[arg-type]
