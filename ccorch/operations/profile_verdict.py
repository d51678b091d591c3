"""What the tries of a check show: whether the profile works, what it cannot do, and what to do next."""

from dataclasses import dataclass
from pathlib import Path

from ccorch.operations.profiles import credential
from ccorch.rules.marks import DECLARING, check_mark
from ccorch.schema.base import Many, Value
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.profile import Profile
from ccorch.schema.summary import NodeSummary


class ProfileCheckReply(Value):
    """What one tiny question showed."""

    profile: str
    """Name of the profile."""
    check: ProfileCheck
    """What was found, as it is kept."""
    usd: float | None
    """What all tries cost together; null is unknown, or a plan's."""
    runs: Many[str]
    """The run of each try; the last one counts."""
    refused: Many[str] = ()
    """Request features that the endpoint refused in this check."""
    advice: str | None = None
    """What to do next."""


@dataclass(frozen=True)
class Try:
    """One run of a check."""

    run: str
    node: NodeSummary
    said: str
    """The worker's answer."""
    seconds: float | None
    """From its session to its end; null when no model answered."""
    over: bool
    """Whether the run came to its end in time."""


def declared(profile: Profile) -> tuple[str, ...]:
    """The features that the profile's own source switches off; what checks have switched off is not among them."""
    return profile.capabilities_off if profile.source in DECLARING else ()


def judged(profile: Profile, model: str, last: Try, off: tuple[str, ...], word: str, at: float) -> ProfileCheck:
    """The check to keep: it is good when a tool was called and the answer holds what only the tool could tell."""
    told, used = word in last.said, last.node.tools.get("Read", 0) > 0
    done = last.over and last.node.status == "passed"
    return ProfileCheck(
        at=at,
        profile=profile.key,
        fingerprint=check_mark(profile),
        model=model,
        served=last.node.served[-1] if last.node.served else None,
        ok=done and told and used,
        tools=told and used if done else None,
        # what did not help is not kept
        capabilities_off=off if last.node.served else declared(profile),
        seconds=last.seconds,
        reason=_reason(last, done, told, used),
        run=last.run,
    )


def reply(profile: Profile, found: ProfileCheck, tries: list[Try], config_file: Path) -> ProfileCheckReply:
    """What the caller is told of it."""
    money = [each.node.usd for each in tries]
    needed = tuple(name for name in found.capabilities_off if name not in declared(profile))
    return ProfileCheckReply(
        profile=profile.name,
        check=found,
        usd=None if None in money else sum(usd for usd in money if usd is not None),
        runs=tuple(each.run for each in tries),
        refused=needed,
        advice=_advice(profile, found, tries[-1], needed, config_file),
    )


def _reason(last: Try, done: bool, told: bool, used: bool) -> str:
    if not last.over:
        return "the run did not end in time"
    if not done:
        return ": ".join(part for part in (last.node.outcome or last.node.status, last.node.reason) if part)
    if not used:
        return "it answered without reading the file: the model did not call the tool"
    return "" if told else "it read the file, but its answer is not the word in it"


def _advice(
    profile: Profile, found: ProfileCheck, last: Try, needed: tuple[str, ...], config_file: Path
) -> str | None:
    if needed and profile.source in DECLARING:
        return (
            f"workers on it fail until profiles.native.{profile.name} in {config_file} says "
            f"capabilities_off: [{', '.join(found.capabilities_off)}]"
        )
    if found.ok:
        return None
    match last.node.outcome:
        case "auth_failed":
            return f"check its credential: {credential(profile)}"
        case "route_mismatch":
            return f"its endpoint serves {found.served} under that name; name the model that is meant with model=ID"
        case "timed_out":
            return "give it longer with --timeout SECONDS, or look whether its endpoint answers at all"
        case "budget_spent":
            return "allow it more with cost.usd_per_run=USD"
        case "done" | "refused":
            return "the model does not use tools as Claude Code offers them; try another one with model=ID"
    return f"`ccorch show {last.run}` tells more"
