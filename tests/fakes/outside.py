"""A project's git, a gateway and profiles that do nothing but answer."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ccorch.ports import AttemptId, Carried, Change, Head, Held, Seat
from ccorch.ports.open_work import Glance
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.price import Prices
from ccorch.schema.profile import Hint, Profile, Profiles
from ccorch.schema.run import Launch


class QuietGateway:
    """Gives seats; remembers which are open."""

    def __init__(self) -> None:
        self.open: set[AttemptId] = set()
        self.refusals: dict[AttemptId, str] = {}
        self.held: dict[str, Held] = {}
        self.freed: Callable[[], None] = lambda: None

    def watch(self, freed: Callable[[], None]) -> None:
        self.freed = freed

    async def seat(self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path) -> Seat:
        self.open.add(attempt)
        return Seat("http://127.0.0.1:9/w/x", "token")

    async def close(self, attempt: AttemptId) -> None:
        self.open.discard(attempt)

    def begin(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> None:
        pass

    def admit(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> Held | None:
        return self.held.get(attempt.node)

    def refusal(self, attempt: AttemptId) -> str | None:
        return self.refusals.get(attempt)


class NoSecrets:
    """Profiles whose credential is a word."""

    def all(self, sources: Profiles) -> tuple[Profile, ...]:
        return ()

    def prices(self, sources: Profiles) -> Prices | None:
        return None

    def hints(self, sources: Profiles) -> Mapping[str, Hint]:
        return {}

    def notes(self, sources: Profiles) -> tuple[str, ...]:
        return ()

    def carried(self, profiles: Sequence[Profile]) -> Carried:
        return Carried()

    def secret(self, profile: Profile, launch: Launch) -> str:
        return "secret"


class FlatWorktrees:
    """Worktrees that are plain folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.removed: list[AttemptId] = []
        self.seen = Glance()

    def head(self, project: Path, but: Path | None = None) -> Head:
        return Head(commit=None, dirty=None)

    def difference(self, project: Path) -> bytes | None:
        return None

    def snapshot(self, project: Path) -> str | None:
        return None

    def create(self, project: Path, attempt: AttemptId, base: str) -> Path:
        path = self.root / attempt.node
        path.mkdir(exist_ok=True)
        return path

    def merged(self, project: Path, base: str, results: Sequence[str]) -> str:
        return "+".join(results) or base

    def keep(self, project: Path, run: str, commit: str) -> str:
        return f"refs/ccorch/{run}/RESULT"

    def set_aside(self, project: Path, run: str) -> str | None:
        return f"refs/ccorch/{run}/STALE"

    def collect(self, project: Path, attempt: AttemptId, base: str) -> Change:
        return Change("b" * 40, ("src/a.py",), b"diff")

    def glance(self, project: Path, attempt: AttemptId, base: str, marks: Mapping[str, str]) -> Glance:
        return self.seen

    def remove(self, project: Path, attempt: AttemptId) -> None:
        self.removed.append(attempt)

    def state(self, project: Path, before: Mapping[str, str] | None = None) -> Mapping[str, str]:
        return {}

    def begin(self, folder: Path) -> str:
        return "a" * 40

    def apply(self, folder: Path, patch: str) -> str | None:
        return None
