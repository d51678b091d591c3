"""Promises of the breakers in the engine: nothing starts on a shut profile, one finds out, fallbacks take over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from ccorch.engine.breakers import BreakerPanel
from ccorch.engine.coordinator import Coordinator
from ccorch.engine.perform import Tools
from ccorch.ports import AttemptId, Ending
from ccorch.rules.admission import Slots
from ccorch.schema.breaker import Breaker, Trouble
from ccorch.schema.event import Event, Metered
from ccorch.schema.plan import Plan
from ccorch.schema.policy import Retries
from ccorch.schema.route import FallbackRoute, Route
from tests.engine.test_coordinator import RUN, submission
from tests.fakes.clock import FakeClock
from tests.fakes.outside import FlatWorktrees, NoSecrets, QuietGateway
from tests.fakes.runs import FakeRuns
from tests.fakes.workers import HeldWorkers
from tests.plan_kit import PROFILE, node, plan

HOUR = Trouble(error="quota", lasting=True, said="429 1308", window="5h", until=4600.0)
BACK = PROFILE.model_copy(update={"name": "back"})
REFUSED = Ending("api_error", "no")


@dataclass
class Scene:
    """A coordinator with breakers, and workers that end when they are told."""

    root: Path
    runs: FakeRuns = field(default_factory=FakeRuns)
    workers: HeldWorkers = field(default_factory=HeldWorkers)
    clock: FakeClock = field(default_factory=lambda: FakeClock(1000.0))
    kept: list[tuple[Breaker, ...]] = field(default_factory=list)

    def open(self) -> Coordinator:
        self.breakers = BreakerPanel(self.kept[-1] if self.kept else (), self.kept.append, self.clock.now)
        tools = Tools(
            workers={"claude": self.workers},
            worktrees=FlatWorktrees(self.root),
            gateway=QuietGateway(),
            profiles=NoSecrets(),
            runs=self.runs,
            now=self.clock.now,
            breakers=self.breakers,
        )
        return Coordinator(tools, Slots(64), lambda run, event: None)

    def refuse(self, name: str, trouble: Trouble = HOUR, profile: str = "scripted") -> None:
        """A provider refuses a worker, and the worker gives up."""
        attempt = next(order.id for order in reversed(self.workers.orders) if order.id.node == name)
        self.breakers.met(profile, str(attempt), trouble)
        self.workers.let_go(name, REFUSED)

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.runs.runs[RUN].events if event.type in kinds]


def dag(count: int, fallbacks: tuple[FallbackRoute, ...] = (), **retries: int) -> Plan:
    route = Route(profile="scripted", model="m", reason="test", fallbacks=fallbacks)
    made = plan(*(node(f"n{at}", route=route) for at in range(count)), max_concurrent=4, profiles=(PROFILE, BACK))
    allowed = Retries(lost=0, failed_reading=0, **retries)
    return made.model_copy(update={"limits": made.limits.model_copy(update={"retries": allowed})})


def act(root: Path, scene: Callable[[Scene], Awaitable[None]]) -> Scene:
    made = Scene(root)
    asyncio.run(scene(made))
    return made


async def settle() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


def test_of_133_nodes_none_starts_after_the_first_refusal_and_all_are_done_in_the_end(tmp_path: Path) -> None:
    async def scene(s: Scene) -> None:
        coordinator = s.open()
        coordinator.submit(submission(dag(133)))
        await settle()
        assert len(s.workers.at_work) == 4
        s.refuse("n0")
        await settle()
        s.workers.let_go("n1")
        s.refuse("n2")
        s.refuse("n3")
        await settle()
        # the figure: 0 starts after the breaker opened
        assert (s.workers.at_work, len(s.of("started"))) == ([], 4)
        assert [(event.until, event.told) for event in s.of("parked")] == [(4601.0, True)]  # type: ignore[union-attr]
        s.clock.time = 4602.0
        coordinator._pump()
        await settle()
        (probe,) = s.workers.at_work
        s.breakers.answered("scripted", str(AttemptId(RUN, probe, s.workers.orders[-1].id.attempt)))
        await settle()
        assert (len(s.workers.at_work), len(s.of("unparked"))) == (4, 1)
        while s.workers.at_work:
            for name in s.workers.at_work:
                s.workers.let_go(name)
            await settle()
        assert coordinator.live == ()
        assert s.of("finished")[0].status == "done"  # type: ignore[union-attr]

    act(tmp_path, scene)


def test_a_probe_that_fails_shuts_it_again_and_a_daemon_that_follows_knows(tmp_path: Path) -> None:
    async def scene(s: Scene) -> None:
        first = s.open()
        first.submit(submission(dag(3)))
        await settle()
        for name in ("n0", "n1", "n2"):
            s.refuse(name)
        await settle()
        s.clock.time = 4602.0
        first._pump()
        await settle()
        (probe,) = s.workers.at_work
        s.refuse(probe, HOUR.model_copy(update={"until": 9000.0}))
        await settle()
        assert s.workers.at_work == []
        await first.abandon()
        second = s.open()
        second.adopt(RUN, s.runs.plan(RUN), submission(dag(3)).launch)
        await settle()
        assert s.workers.at_work == []
        assert second.resume(RUN, "terminal")
        await settle()
        assert len(s.workers.at_work) == 1
        assert s.workers.orders[-1].resumes is not None
        await second.abandon()

    act(tmp_path, scene)


def test_a_fallback_is_gone_along_and_left_when_it_is_shut_too(tmp_path: Path) -> None:
    async def scene(s: Scene) -> None:
        coordinator = s.open()
        coordinator.submit(submission(dag(2, (FallbackRoute(on="quota", profile="back", model="b"),))))
        await settle()
        s.refuse("n0")
        await settle()
        order = s.workers.orders[-1]
        assert (order.id.node, order.profile.name, order.node.route.model, order.resumes) == (
            "n0",
            "back",
            "b",
            None,
        )
        s.refuse("n0", HOUR.model_copy(update={"until": 8000.0}), "back")
        s.workers.let_go("n1")
        await settle()
        assert s.workers.at_work == []
        assert [event.way for event in s.of("rerouted")] == [1]  # type: ignore[union-attr]
        s.clock.time = 4602.0
        coordinator._pump()
        await settle()
        # its own route is free before the fallback is
        assert s.workers.orders[-1].profile.name == "scripted"
        s.workers.let_go("n0")
        await settle()
        assert coordinator.live == ()

    act(tmp_path, scene)


def test_a_refused_credential_fails_at_once_unless_another_route_is_declared(tmp_path: Path) -> None:
    key = Trouble(error="auth", lasting=True, said="401")

    async def scene(s: Scene) -> None:
        coordinator = s.open()
        coordinator.submit(submission(dag(1, (FallbackRoute(on="auth", profile="back", model="b"),))))
        await settle()
        s.refuse("n0", key)
        await settle()
        assert s.workers.orders[-1].profile.name == "back"
        s.refuse("n0", key, "back")
        await settle()
        assert (coordinator.live, s.of("ended")[-1].outcome) == ((), "auth_failed")  # type: ignore[union-attr]
        assert s.kept == []

    act(tmp_path, scene)


def test_what_is_parked_goes_on_within_its_turns_and_not_for_ever(tmp_path: Path) -> None:
    async def scene(s: Scene) -> None:
        coordinator = s.open()
        coordinator.submit(submission(dag(1, quota=1)))
        await settle()
        spent = {"input_tokens": 1, "output_tokens": 1, "usd": 0.0, "exact": True}
        for _ in range(3):
            coordinator.record(RUN, Metered(node="n0", attempt=1, model="m", **spent))  # type: ignore[arg-type]
        s.refuse("n0")
        await settle()
        coordinator.resume(RUN, "terminal")
        await settle()
        assert s.workers.orders[-1].node.max_turns == 7
        s.refuse("n0")
        await settle()
        assert (coordinator.live, s.of("ended")[-1].outcome) == ((), "quota_spent")  # type: ignore[union-attr]

    act(tmp_path, scene)
