"""The verb that asks a profile one tiny question through a real worker, and keeps what came of it."""

import dataclasses
import math
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ccorch.errors import ArgumentInvalid, CcorchError, ProfileUnusable
from ccorch.operations.answers import answer
from ccorch.operations.bench_room import clear_old, room, writing
from ccorch.operations.house import House
from ccorch.operations.planning import Prepared, launch_of, prepare
from ccorch.operations.plans import check_priced
from ccorch.operations.profile_verdict import ProfileCheckReply, Try, declared, judged, reply
from ccorch.operations.profiles import composed, market_of
from ccorch.operations.waiting import until_over
from ccorch.rules.amounts import limit, money
from ccorch.rules.capabilities import to_switch_off
from ccorch.schema.asked import Asked, Overlay
from ccorch.schema.event import Event
from ccorch.schema.measuring import ProfileCheckRequest
from ccorch.schema.profile import Profile
from ccorch.schema.run import OVER, Submission
from ccorch.schema.summary import NodeSummary

FILE = "word.txt"
"""The only file of a check's project."""

TASK = f"Read the file {FILE} in the working directory. Answer with the word that it holds and nothing else."

PROMPT = "You check that tools work. Do exactly what the task asks with the tool Read, then answer in one line."

SCRIPT = "check"
"""What the scripted model plays for it."""

GROUPS = {"role": "review", "workflow": "single"}
FIXED = ("profile", "role.prompt", "role.tools", "role.handoff", "policy.write")
"""What makes it a check; to override it is refused, all else may be overridden."""

USD = 0.05
"""Most US dollars that a check may cost."""

TURNS = 4
MOST_TRIES = 3
GRACE = 30.0
"""Seconds beyond the worker's own time until a check is given up."""


Tell = Callable[[str], None]


def check(house: House, request: ProfileCheckRequest, tell: Tell = lambda words: None) -> ProfileCheckReply:
    """Ask a profile for a word that only a tool can find; raises ProfileUnusable where it cannot be launched."""
    config = composed(house, request.overrides)
    profile = market_of(house, config).named(request.name)
    if config.worker == "simulated":
        raise ArgumentInvalid("a check needs a real worker, and worker=simulated asks nobody")
    model = config.model if "model" in _said(request) else profile.model_for("balanced")
    if model is None:
        raise ProfileUnusable(f"profile {profile.name!r} names no model", hint="name one with model=ID")
    word = secrets.token_hex(8)
    with _project(house, word) as project:
        there = dataclasses.replace(house, project=project)
        prepared = prepare(there, _asked(house, request, profile, model), TASK, None)
        check_priced(prepared.plan)
    model, most = prepared.plan.nodes[0].route.model, prepared.plan.limits.usd_per_run
    tell(f"asking {profile.name} for one word with {model}: at most {money(most)} and {limit(request.timeout)}")
    tries, off = _tries(there, prepared, profile, request.timeout, tell)
    found = judged(profile, model, tries[-1], off, word, house.clock.now())
    house.records.add(found)
    return reply(profile, found, tries, house.user_config / "config.yaml")


@contextmanager
def _project(house: House, word: str) -> Iterator[Path]:
    """A project of its own with the word in it; taken away again when no run can be made of it."""
    clear_old(house)
    folder = room(house) / f"check-{house.new_run()}"
    try:
        with writing(folder):
            folder.mkdir(mode=0o700)
            (folder / FILE).touch(0o600)
            (folder / FILE).write_text(f"{word}\n", encoding="utf-8")
        house.worktrees.begin(folder)
        yield folder
    except CcorchError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _asked(house: House, request: ProfileCheckRequest, profile: Profile, model: str) -> Asked:
    """One reading worker on this profile, whatever the user's layer says of runs."""
    typed: dict[str, Any] = {
        "profile": profile.key,
        "model": model,
        "role.prompt": PROMPT,
        "role.tools": ["Read"],
        "role.handoff": None,
        "role.timeout_seconds": None,
        "policy.max_turns": TURNS,
        "policy.timeout_seconds": math.ceil(request.timeout),
        "policy.write": False,
        "policy.route_mismatch": "fail",
        "cost.usd_per_run": min(USD, house.ceiling().usd_per_run or USD),
        "attach": [],
        "context": None,
        "label": "check",
        **({"script": SCRIPT} if profile.source == "scripted" else {}),
    }
    said = _said(request)
    left = {key: value for key, value in typed.items() if key not in said or key in FIXED}
    return Asked(overrides=request.overrides, overlay=Overlay(groups=GROUPS, set=left))


def _said(request: ProfileCheckRequest) -> set[str]:
    """The keys that the caller overrides."""
    return {word.lstrip("+").partition("=")[0] for word in request.overrides}


def _tries(
    house: House, prepared: Prepared, profile: Profile, timeout: float, tell: Tell
) -> tuple[list[Try], tuple[str, ...]]:
    """One run, and further ones without what the endpoint refused; and what was switched off in the last."""
    tries: list[Try] = []
    # what earlier checks switched off is tried again: the endpoint may have learned it
    off = declared(profile)
    while True:
        tries.append(_tried(house, _without(prepared, profile, off), timeout, tell))
        more = to_switch_off(tries[-1].node.reason, off) if tries[-1].node.outcome == "api_error" else ()
        if not more or len(tries) == MOST_TRIES:
            return tries, off
        tell(f"the endpoint refused it ({tries[-1].node.reason}); once more without {', '.join(more)}")
        off = (*off, *more)


def _without(prepared: Prepared, profile: Profile, off: tuple[str, ...]) -> Prepared:
    """The same plan with these features switched off for the profile."""
    profiles = (
        one.model_copy(update={"capabilities_off": off}) if one.key == profile.key else one
        for one in prepared.plan.profiles
    )
    return dataclasses.replace(prepared, plan=prepared.plan.model_copy(update={"profiles": tuple(profiles)}))


def _tried(house: House, prepared: Prepared, timeout: float, tell: Tell) -> Try:
    run = house.new_run()
    house.engine.submit(
        Submission(
            run=run,
            plan=prepared.plan,
            config=prepared.config,
            launch=launch_of(house, prepared),
            by=house.by,
            who=house.who,
        )
    )
    tell(f"run {run}")
    try:
        over = until_over(house, run, timeout + GRACE) in OVER
    except KeyboardInterrupt:
        house.engine.stop(run, house.asker, "Ctrl-C")
        raise
    if not over:
        house.engine.stop(run, house.asker, "the check was given up")
    (node,) = house.library.summary(run).nodes
    said = answer(house, run, node.id, node.attempt).text if node.attempt else None
    return Try(run, node, said or "", _seconds(list(house.library.events(run)), node), over)


def _seconds(events: list[Event], node: NodeSummary) -> float | None:
    begun = next((event.at for event in events if event.type == "worker_ready"), None)
    ended = next((event.at for event in events if event.type == "ended"), None)
    if begun is None or ended is None or not node.served:
        return None
    # the clock may have been set back meanwhile
    return max(round(ended - begun, 3), 0.0)
