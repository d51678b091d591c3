"""Looks at what a writer has changed while it works; seldom enough to cost little, and never its last judge."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ccorch.errors import CcorchError
from ccorch.ports import AttemptId, Report
from ccorch.ports.open_work import OpenWork
from ccorch.rules.findings import SoFar
from ccorch.rules.secrets.literals import forms_of
from ccorch.schema.event import Event, Found, ToolCalled
from ccorch.schema.finding import Finding
from ccorch.schema.policy import WriteScope

SOON = 1.0
"""Seconds between a call that may write and the look at what it wrote, and between two looks."""

LATER = 10.0
"""Seconds after which a command that is still at work is looked after again."""

SHARE = 20
"""How many times longer than the last look took the next one is put off."""

WRITERS = ("Bash", "Edit", "NotebookEdit", "Write")
"""Tools that may write."""


class Glances:
    """The looks at one attempt."""

    def __init__(
        self,
        project: Path,
        attempt: AttemptId,
        base: str,
        scope: WriteScope | None,
        worktrees: OpenWork,
        secrets: Sequence[str],
    ) -> None:
        self.attempt = attempt
        self._project, self._base = project, base
        self._worktrees = worktrees
        self._so_far = SoFar(scope)
        self._forms = forms_of(secrets)
        self._marks: dict[str, str] = {}
        self._is_due = asyncio.Event()
        self._runs = False

    def heard(self, event: Event) -> None:
        """Take what is reported of the worker: a call that may write makes a look due."""
        self._runs = isinstance(event, ToolCalled) and event.tool == "Bash"
        if isinstance(event, ToolCalled) and event.tool in WRITERS:
            self._is_due.set()

    async def follow(self, report: Report) -> None:
        """Look on until cancelled."""
        clock = asyncio.get_running_loop().time
        pause = SOON
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_due.wait(), LATER if self._runs else None)
            self._is_due.clear()
            await asyncio.sleep(pause)
            began = clock()
            with suppress(CcorchError):  # what cannot be written down now is found again at the end
                for finding in await asyncio.to_thread(self._look):
                    report(Found(finding=finding))
            pause = max(SOON, SHARE * (clock() - began))
            if self._so_far.waits:
                self._is_due.set()

    def _look(self) -> tuple[Finding, ...]:
        """What is new; a look that fails tells nothing, for the end is looked at in any case."""
        try:
            seen = self._worktrees.glance(self._project, self.attempt, self._base, self._marks)
        except (CcorchError, OSError):
            return ()
        self._marks = dict(seen.marks)
        about = {"node": self.attempt.node, "attempt": self.attempt.attempt}
        return tuple(one.model_copy(update=about) for one in self._so_far.take(seen.files, self._forms))


@asynccontextmanager
async def glancing(glances: Glances | None, report: Report) -> AsyncIterator[Report]:
    """Look on meanwhile; gives where what the worker does is to be reported."""
    if glances is None:
        yield report
        return

    def heard(event: Event) -> None:
        glances.heard(event)
        report(event)

    looking = asyncio.create_task(glances.follow(report))
    try:
        yield heard
    finally:
        looking.cancel()
        (told,) = await asyncio.gather(looking, return_exceptions=True)
        if not isinstance(told, asyncio.CancelledError):
            # the end is looked at in any case; how the work ended must not be lost for this
            print(f"what {glances.attempt} changes was no longer looked at meanwhile: {told!r}", flush=True)
