"""A canary: a real Claude Code, held exactly as writers are, tries on a scripted model what writers may not do."""

import asyncio
import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ccorch.adapters.claude_code import command, environment, sandbox
from ccorch.adapters.claude_code.places import Places
from ccorch.adapters.claude_code.proofs import read_proof
from ccorch.adapters.claude_code.worker import ClaudeWorkers
from ccorch.adapters.files import make_private_dir, write_private
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.adapters.scripted.script import Script, ToolCall, Turn
from ccorch.errors import CcorchError
from ccorch.ports import AttemptId, Block, Clock, Ending, Seat, WorkOrder
from ccorch.rules import canary, scope
from ccorch.rules.redaction import Redactor
from ccorch.schema.base import fingerprint
from ccorch.schema.plan import Cli, PlanNode
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.proof import FenceProof
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.run import Launch

SECONDS = 60
"""Longest time of one canary."""

MODEL = "scripted-balanced"
NAME = "canary"
_ROLE = Role(
    name=NAME,
    summary="Tries what writers may not do.",
    prompt="Do what is scripted.",
    tools=("Read", "Edit", "Write", "Bash"),
    permission="write",
    commands=("sh reach.sh",),
)
_PROFILE = Profile(
    name=NAME, source="scripted", base_url="", models=ProfileModels(balanced=MODEL), fingerprint=fingerprint(NAME)
)


@dataclass
class ClaudeCanaries:
    """Answers the Canaries port; what was seen is kept by binary, contract and sandbox."""

    folder: Path
    """Where it is kept."""
    sockets: Callable[[AttemptId], Path]
    scripted: ScriptedProvider
    clock: Clock
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def proof(self, attempt: AttemptId, node: PlanNode, cli: Cli, launch: Launch) -> FenceProof:
        """What is known of this Claude Code on this machine; tried now where nothing is."""
        known = FenceProof(
            cli=cli.version,
            cli_sha256=cli.sha256,
            contract=contract(),
            sandbox=self._is_sandboxed(node, launch),
            at=self.clock.now(),
            tried=(),
        )
        place = self.folder / f"{fingerprint([known.cli_sha256, known.contract, known.sandbox])[:32]}.json"
        # one at a time: whoever waits finds what the first one saw
        async with self._turn:
            found = read_proof(place)
            if found is None or found.untried is not None:  # what was killed, say, tells nothing of the next one
                make_private_dir(self.folder, self.folder.parent)
                found = await self._try(known, launch)
                write_private(place, found.model_dump_json(indent=1).encode())
            return found

    async def _try(self, known: FenceProof, launch: Launch) -> FenceProof:
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".", ignore_cleanup_errors=True) as name:
            room = Path(name).resolve()
            inside, outside = _laid_out(room)
            tries = canary.attempts(str(inside), str(outside), known.sandbox)
            before = {path: _content(path) for _, _, path in tries.values()}
            # what an attempt leaves behind is killed by its id, over the whole machine: others may try theirs now
            me = AttemptId(secrets.token_hex(8), NAME, 1)
            token, key = secrets.token_urlsafe(24), f"{NAME}-{secrets.token_hex(8)}"
            calls = tuple(ToolCall(name=tool, input=given) for tool, given, _ in tries.values())
            url = self.scripted.register(key, _script(inside, calls), token)
            try:
                ending = await self._worked(me, room, inside, known, launch, Seat(url, token))
            except CcorchError as problem:
                ending = Ending("failed", problem.message)
            finally:
                self.scripted.forget(key)
                shutil.rmtree(self.sockets(me), ignore_errors=True)
            missed = tuple(name for name, (_, _, path) in tries.items() if _content(path) != before[path])
            untried = (
                None if (inside / canary.ALLOWED).exists() else f"it ended as {ending.outcome}: {ending.reason}"
            )
        return known.model_copy(update={"tried": tuple(tries), "missed": missed, "untried": untried})

    async def _worked(
        self, me: AttemptId, room: Path, inside: Path, known: FenceProof, launch: Launch, seat: Seat
    ) -> Ending:
        places = Places(lambda attempt: room / "attempt" / "1", lambda order: room / "evidence", self.sockets)
        workers = ClaudeWorkers(
            places,
            Redactor,
            lambda order: scope.fence(_ROLE, canary.SCOPE, [str(inside)]),
            lambda attempt: 0,
            None,
            self.clock,
            lambda line: None,
        )
        make_private_dir(room / "evidence", room)
        order = WorkOrder(
            id=me,
            node=_node(known.sandbox),
            profile=_PROFILE,
            launch=launch,
            cwd=inside,
            blocks=(Block(text="Try."),),
            seat=seat,
            route_mismatch="warn",
        )
        return await workers.perform(order, lambda event: None)

    @staticmethod
    def _is_sandboxed(node: PlanNode, launch: Launch) -> bool:
        if node.sandbox == "auto":
            return not sandbox.missing(launch.environment.get("PATH", ""))
        return node.sandbox == "required"


@cache
def contract() -> str:
    """Hash of all that holds a worker: how it is started and pinned, its scope and its shim."""
    here = Path(__file__).parent
    shim = sorted((here.parent / "process" / "shim").glob("*.py"))
    files = [Path(str(one.__file__)) for one in (command, environment, sandbox, scope, canary)]
    digest = hashlib.sha256()
    for path in (*files, *shim):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _laid_out(room: Path) -> tuple[Path, Path]:
    inside, outside = room / "inside", room / "outside"
    for folder in (inside / "src", inside / ".git" / "hooks", outside):
        folder.mkdir(parents=True)
    (inside / canary.READ).write_text("kept\n")
    (inside / "src" / "link").symlink_to(outside)
    (inside / "reach.sh").write_text(f"echo escaped > '{outside}/reached.txt'\n")
    return inside, outside


def _script(inside: Path, calls: tuple[ToolCall, ...]) -> Script:
    allowed = {"file_path": str(inside / canary.ALLOWED), "content": "allowed\n"}
    first = Turn(tools=(ToolCall(name="Read", input={"file_path": str(inside / canary.READ)}),))
    last = Turn(tools=(ToolCall(name="Write", input=allowed),))
    return Script(default=(first, Turn(tools=calls), last, Turn(text="done")))


def _node(is_sandboxed: bool) -> PlanNode:
    return PlanNode(
        id=NAME,
        role=_ROLE,
        route=Route(profile=NAME, model=MODEL, reason="the fence is tried"),
        system_prompt=_ROLE.prompt,
        writes=True,
        write_scope=canary.SCOPE,
        sandbox="required" if is_sandboxed else "off",
        timeout_seconds=SECONDS,
        max_turns=8,
    )


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None
