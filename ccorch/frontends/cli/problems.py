"""How a command that did not go well ends: words, an exit status, and never a traceback on the screen."""

import errno
import os
from collections.abc import Iterator

from ccorch.errors import CcorchError, ProjectInvalid, WorkspaceUnwritable
from ccorch.frontends.cli.screen import Screen, as_json, forget
from ccorch.rules.plain import line

BUG = 70
INTERRUPTED = 130
BROKEN_PIPE = 141

REFUSALS = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOSPC, errno.EDQUOT,
    errno.EIO, errno.ELOOP, errno.ENAMETOOLONG,
)  # fmt: skip
"""What a disk or its owner refuses; anything else that a system call gives is a bug of ours."""


def tell(problem: CcorchError, screen: Screen, wants_json: bool) -> int:
    """Print an expected problem and give its exit status."""
    if wants_json:
        screen.note(as_json(problem.as_data(), screen.err))
    else:
        for text in _lines(problem, screen):
            screen.note(text)
    return problem.exit_status


def tell_bug(bug: BaseException, screen: Screen, wants_json: bool) -> int:
    """Keep the traceback in a private file and say where; where no file can be made, print it."""
    import tempfile
    import traceback

    said = "".join(traceback.format_exception(bug))
    try:
        handle, path = tempfile.mkstemp(prefix="ccorch-bug-", suffix=".txt")  # made with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(said)
    except OSError:
        screen.note(said)
        path = "the lines above"
    message = f"this is a bug in ccorch: {type(bug).__name__}; its traceback is in {path}"
    if wants_json:
        error = {"code": "BUG", "message": message, "hint": "report it with that file", "retryable": False}
        screen.note(as_json({"error": {**error, "traceback": path}}, screen.err))
    else:
        screen.note(f"{screen.styled('error:', 'red', 'bold')} {message}")
        screen.note("hint: report it with that file; runs that were started go on")
    return BUG


def nobody_reads(screen: Screen) -> int:
    """End quietly when the reader of the output has gone."""
    forget(screen.out)
    return BROKEN_PIPE


def of_the_system(problem: OSError) -> CcorchError | None:
    """What the system refused, in words; None where it was not about a file of the caller's."""
    if isinstance(problem, FileNotFoundError) and _stands_nowhere():
        return ProjectInvalid(
            "the folder that this terminal stands in is gone",
            hint="`cd` to another, or name the project with -C DIR",
        )
    if problem.filename is None or problem.errno not in REFUSALS:
        return None
    name = os.fsdecode(problem.filename) if isinstance(problem.filename, str | bytes) else str(problem.filename)
    return WorkspaceUnwritable(f"{name!r} cannot be used: {problem.strerror}", path=name)


def _stands_nowhere() -> bool:
    """Whether the current folder was removed, such as a worktree that somebody has cleared away."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _lines(problem: CcorchError, screen: Screen) -> Iterator[str]:
    head = screen.styled("error:", "red", "bold")
    each = [text for text in dict.fromkeys(getattr(problem, "problems", ())) if text]
    listed = len(each) > 1
    if listed and line(each[0]) in line(problem.message):
        # the message is all of them in one; each on a line of its own is read more easily
        yield f"{head} {len(each)} problems"
    else:
        yield f"{head} {line(problem.message)}"
    for text in each if listed or line(problem.message) not in map(line, each) else ():
        yield from (f"  {'  ' * bool(number)}{line(part)}" for number, part in enumerate(text.strip().split("\n")))
    if problem.hint:
        yield f"{screen.styled('hint:', 'cyan')} {line(problem.hint)}"
