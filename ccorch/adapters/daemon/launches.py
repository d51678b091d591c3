"""The caller's side of every run that is not over, and which plan it is for; the workspace cannot change either."""

import json
from contextlib import suppress

from pydantic import ValidationError

from ccorch.adapters.files import make_private_dir, read_limited, write_private
from ccorch.adapters.run_folder.layout import State
from ccorch.errors import RunCorrupt
from ccorch.schema.base import Value
from ccorch.schema.ids import Sha256
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission

_LIMIT = 16 << 20


class Launched(Value):
    """What is kept of a submission in the state folder."""

    plan: Sha256
    """Hash of the plan that was submitted."""
    launch: Launch
    """The caller's side, without secrets."""


class Launches:
    """Keeps launches in the state folder; secrets lie in a file of their own that goes when the run is over."""

    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, submission: Submission) -> None:
        """Write the launch down, so that a later daemon can go on with the run."""
        self.renew(submission.run, submission.plan, submission.launch)

    def renew(self, run: str, plan: Plan, launch: Launch) -> None:
        """Put another launch of the same run in the place of an earlier one."""
        secrets = launch.secrets
        make_private_dir(self._state.private(run), self._state.root)
        if secrets:
            write_private(self._state.secrets(run), json.dumps(secrets).encode())
        bare = launch.model_copy(update={"secrets": {}})
        kept = Launched(plan=plan.sha256, launch=bare)
        write_private(self._state.launch(run), kept.model_dump_json().encode())

    def of(self, run: str, plan: Plan) -> Launch:
        """The launch of a run; raises RunCorrupt when it cannot be read or another plan was submitted."""
        path = self._state.launch(run)
        try:
            kept = Launched.model_validate_json(read_limited(path, _LIMIT))
        except (OSError, ValidationError) as problem:
            said = "is not a launch" if isinstance(problem, ValidationError) else problem.strerror
            raise RunCorrupt(f"the caller's side of the run is lost: {path}: {said}", path=str(path)) from problem
        if kept.plan != plan.sha256:
            said = f"{kept.plan[:12]} was submitted, {plan.sha256[:12]} is there"
            raise RunCorrupt(f"plan.json in the run folder was changed: {said}")
        return kept.launch.model_copy(update={"secrets": self._secrets(run)})

    def forget(self, run: str) -> None:
        """Delete what nobody needs when the run is over; it may hold values of the caller's variables."""
        self._state.secrets(run).unlink(missing_ok=True)
        self._state.launch(run).unlink(missing_ok=True)

    def take_back(self, run: str) -> None:
        """Leave nothing of a run that was not accepted."""
        self.forget(run)
        with suppress(OSError):  # something lies in it: then it is evidence, and keeps its place
            self._state.private(run).rmdir()

    def _secrets(self, run: str) -> dict[str, str]:
        try:
            known = json.loads(read_limited(self._state.secrets(run), _LIMIT))
        except (OSError, ValueError):
            return {}  # a node that needs one then says which variable it lacks
        return {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else {}
