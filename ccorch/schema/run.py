"""One execution of a plan, as it is handed in and spoken to."""

import json

from ccorch.schema.base import Many, Value, canonical
from ccorch.schema.fact import Asker, Caller
from ccorch.schema.ids import RunId
from ccorch.schema.plan import Cli, Plan
from ccorch.schema.status import OVER as OVER
from ccorch.schema.status import NodeStatus as NodeStatus
from ccorch.schema.status import RunStatus as RunStatus


class Launch(Value):
    """What depends on the caller's machine; kept in the state folder, never in the workspace."""

    project: str
    """Absolute path of the project."""
    claude: str | None
    """Absolute path of the claude binary; null for simulated workers."""
    script: str | None = None
    """Absolute path of the script that the scripted model plays."""
    environment: dict[str, str]
    """Caller's variables that workers are given: PATH, locale, proxies, certificates, what their profiles pass."""
    idle_exit_seconds: int = 600
    """Seconds without runs after which the daemon ends by itself."""
    secrets: dict[str, str] = {}
    """Credentials that only the caller could find, by variable or `profile:KEY`; travels over the socket only."""
    logins: dict[str, str] = {}
    """Config folders of the user's own logins by the key of their profile."""
    cli: Cli | None = None
    """What is known of the claude binary where it is another one than the plan was made for."""


class Submission(Value):
    """What a client hands to the daemon."""

    run: RunId
    """Id chosen by the client, so that a repeated submission is the same run."""
    plan: Plan
    """The contract."""
    config: dict[str, object]
    """Composed configuration, for the record."""
    launch: Launch
    """The caller's side."""
    by: Caller
    """Which door it came through."""
    who: str = ""
    """The person: the user's name at a terminal, the client's at MCP; empty is unknown."""
    accepted_drift: Many[str] = ()
    """Drift accepted by name."""

    @classmethod
    def read(cls, content: str) -> "Submission":
        """The submission that is written so, its plan with the spelling that it had; raises ValidationError."""
        submission = cls.model_validate_json(content)
        submission.plan.keeping(canonical(json.loads(content)["plan"]))
        return submission

    def as_json(self) -> str:
        """JSON that keeps the plan's spelling, and with it the plan's identity."""
        return f'{self.model_dump_json(exclude={"plan"})[:-1]},"plan":{self.plan.spelled}}}'


class Told(Asker):
    """What somebody tells a worker."""

    node: str
    """The node whose worker is meant."""
    text: str
    """The words."""
    interrupts: bool = False
    """Whether the running turn is ended first; else it is heard when that turn is over."""
    drift: Many[str] = ()
    """What is not as it was when the run was planned, where it was over."""
    profile: str | None = None
    """Profile of the declared route that its session goes on with; null keeps the one that it had."""
