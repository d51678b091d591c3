"""Promises of attempts on the user's own login: no seat is taken and no credential is asked for."""

import asyncio
from pathlib import Path

from ccorch.engine.coordinator import Coordinator
from ccorch.engine.perform import Tools
from ccorch.rules.admission import Slots
from ccorch.schema.profile import Profile
from ccorch.schema.run import Launch, Submission
from tests.fakes.outside import FlatWorktrees, NoSecrets, QuietGateway
from tests.fakes.runs import FakeRuns
from tests.fakes.workers import HeldWorkers
from tests.plan_kit import PROFILE, node, plan


def ordered(root: Path, profile: Profile) -> tuple[bool, int, int]:
    """Whether a worker was given a seat, how many were taken, and how many secrets it was given."""
    workers, gateway = HeldWorkers(), QuietGateway()

    async def scene() -> None:
        tools = Tools(
            workers={"claude": workers},
            worktrees=FlatWorktrees(root),
            gateway=gateway,
            profiles=NoSecrets(),
            runs=FakeRuns(),
        )
        coordinator = Coordinator(tools, Slots(1), lambda run, event: None)
        launch = Launch(project="/nowhere", claude="/bin/claude", environment={})
        made = plan(node("a"), profiles=(profile,))
        coordinator.submit(Submission(run="0123456789abcdef", plan=made, config={}, launch=launch, by="terminal"))
        for _ in range(20):
            await asyncio.sleep(0)
        await coordinator.abandon()

    asyncio.run(scene())
    (order,) = workers.orders
    return order.seat is not None, len(gateway.open), len(order.secrets)


def test_a_subscription_takes_no_seat_and_no_secret(tmp_path: Path) -> None:
    assert ordered(tmp_path, PROFILE.model_copy(update={"kind": "subscription"})) == (False, 0, 0)


def test_a_key_takes_both(tmp_path: Path) -> None:
    assert ordered(tmp_path, PROFILE) == (True, 1, 1)
