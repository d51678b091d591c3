"""What can go wrong, each with its code, its exit status and the next thing to do."""

from typing import Any, ClassVar

NAME_ANOTHER = "name a file in a folder that exists and lets you write"
"""The next step where a file that was named by hand cannot be written."""


class CcorchError(Exception):
    """An expected problem: a sentence with the value, a hint with the next step, facts for programs."""

    code: ClassVar[str] = "ERROR"
    exit_status: ClassVar[int] = 2
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint
        self.facts = facts

    def as_data(self) -> dict[str, Any]:
        """The same error for programs: code, message, hint, retryable and facts."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "retryable": self.retryable,
                **self.facts,
            }
        }


class ArgumentInvalid(CcorchError):
    """A verb was called with words it does not know."""

    code = "ARG_INVALID"
    default_hint = "see `ccorch --help`"


class ConfigInvalid(CcorchError):
    """The composed configuration breaks its schema; `problems` lists every place at once."""

    code = "CONFIG_INVALID"
    default_hint = "`ccorch catalog` lists groups, options and keys; `ccorch explain KEY` shows one"

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str = "", **facts: Any) -> None:
        super().__init__(message, hint=hint, problems=list(problems), **facts)
        self.problems = problems or (message,)


class ConfigForbidden(CcorchError):
    """A key was set from a place that may not set it."""

    code = "CONFIG_FORBIDDEN"
    exit_status = 3


class CeilingExceeded(CcorchError):
    """The run wants more than the owner allows any run."""

    code = "CEILING_EXCEEDED"
    exit_status = 3
    default_hint = "lower the value, or let the owner raise it in ceiling.yaml"


class BudgetExceeded(CcorchError):
    """Money or tokens that the run may need are not covered."""

    code = "BUDGET_EXCEEDED"
    exit_status = 3


class ConfirmationNeeded(CcorchError):
    """What was asked costs or changes more than is done without asking; nothing was started or changed."""

    code = "CONFIRMATION_NEEDED"
    exit_status = 3


class PlanDrifted(CcorchError):
    """The world changed between plan and run."""

    code = "PLAN_STALE"
    default_hint = "make a new plan, or accept the named drift with --accept-drift NAME[,NAME]"


class ProfileUnusable(CcorchError):
    """The profile does not exist, is ambiguous, or cannot be launched; the message says which and why."""

    code = "PROFILE_UNUSABLE"
    default_hint = "`ccorch profiles` lists them all, with the reason where one cannot be launched"


class ProjectInvalid(CcorchError):
    """The project path is missing, not a directory, or lacks what the run needs of it."""

    code = "PROJECT_INVALID"


class ClaudeUnusable(CcorchError):
    """No usable Claude Code binary."""

    code = "CLAUDE_UNUSABLE"
    default_hint = "`ccorch doctor` names the command that brings a Claude Code, or mends the one that is named"


class SandboxUnavailable(CcorchError):
    """A sandbox is required and cannot be made."""

    code = "SANDBOX_UNAVAILABLE"
    exit_status = 3
    default_hint = "install it (Debian, Ubuntu: `apt-get install bubblewrap socat`), or pass policy.sandbox=auto"


class FenceUnproven(CcorchError):
    """Forbidden writes were not stopped when they were tried, and the node could do much harm."""

    code = "FENCE_UNPROVEN"
    exit_status = 3


class PlatformUnsupported(CcorchError):
    """Workers run on Linux and WSL2 only."""

    code = "PLATFORM_UNSUPPORTED"


class RunNotFound(CcorchError):
    """No run has that id, or the short id fits several."""

    code = "RUN_NOT_FOUND"
    exit_status = 4
    default_hint = "`ccorch list` shows the runs"


class NotFound(CcorchError):
    """Something that was named does not exist."""

    code = "NOT_FOUND"
    exit_status = 4


class CursorUnknown(CcorchError):
    """A cursor is no place of what it is used for: of another run, of another page, or spelled wrong."""

    code = "CURSOR_UNKNOWN"
    exit_status = 4
    default_hint = "leave the cursor out: then everything that stands now is told again, and nothing is lost"


class RunCorrupt(CcorchError):
    """A run folder cannot be read as what it should be."""

    code = "RUN_CORRUPT"
    exit_status = 4
    default_hint = "the folder is left as it is; its other files can still be read by hand"


class EvidenceForged(RunCorrupt):
    """A file by which a run is judged is not as ccorch wrote it, so nothing follows from it."""

    code = "EVIDENCE_FORGED"
    exit_status = 1
    default_hint = "`ccorch verify RUN` names every such file; do the work again, or reject it"


class NotVerified(CcorchError):
    """What is to be accepted has no passing verdict."""

    code = "NOT_VERIFIED"
    exit_status = 1


class RunStateConflict(CcorchError):
    """The run is not in a state in which this can be done; nothing was changed."""

    code = "RUN_STATE_CONFLICT"
    exit_status = 5


class Busy(CcorchError):
    """Somebody else holds what is needed; trying again later may work."""

    code = "BUSY"
    exit_status = 5
    retryable = True


class DaemonUnreachable(CcorchError):
    """The daemon did not start or did not answer."""

    code = "DAEMON_UNREACHABLE"
    exit_status = 5
    retryable = True


class WorkspaceUnwritable(CcorchError):
    """The workspace or the state folder cannot be written."""

    code = "WORKSPACE_UNWRITABLE"
    default_hint = "make the folder writable, or name another: CCORCH_STATE_DIR, CCORCH_CONFIG_HOME, -C"


class StoreUnusable(CcorchError):
    """State folder or engine's database cannot be used; what was done is in the run folders and not lost."""

    code = "STORE_UNUSABLE"
    exit_status = 5
    default_hint = "move the database away: the next daemon makes a new one from the run folders"


class DeadlinePassed(CcorchError):
    """The time to wait is over; nothing is wrong."""

    code = "TIMEOUT"
    exit_status = 6
    retryable = True


def from_data(data: dict[str, Any]) -> CcorchError:
    """The error that `as_data` described, as the same class where it is known."""
    said = dict(data["error"])
    kind = _by_code().get(said.pop("code", ""), CcorchError)
    said.pop("retryable", None)
    message, hint = said.pop("message", ""), said.pop("hint", "")
    if kind is ConfigInvalid:
        return ConfigInvalid(message, problems=tuple(said.pop("problems", ())), hint=hint, **said)
    return kind(message, hint=hint, **said)


def _by_code() -> dict[str, type[CcorchError]]:
    return {kind.code: kind for kind in CcorchError.__subclasses__()}
