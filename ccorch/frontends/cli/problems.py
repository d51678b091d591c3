"""How a command that did not go well ends: words, an exit status, and never a traceback on the screen."""

import os
import sys
import tempfile
import traceback
from collections.abc import Iterator

from ccorch.errors import CcorchError
from ccorch.frontends.cli.screen import Screen, as_json
from ccorch.rules.plain import line

BUG = 70
INTERRUPTED = 130
BROKEN_PIPE = 141


def tell(problem: CcorchError, screen: Screen, wants_json: bool) -> int:
    """Print an expected problem and give its exit status."""
    if wants_json:
        screen.note(as_json(problem.as_data(), screen.err))
    else:
        for text in _lines(problem, screen):
            screen.note(text)
    return problem.exit_status


def tell_bug(bug: BaseException, screen: Screen, wants_json: bool) -> int:
    """Keep the traceback in a private file and say where."""
    handle, path = tempfile.mkstemp(prefix="ccorch-bug-", suffix=".txt")  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(bug))
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
    if screen.out is sys.stdout:
        # what is still buffered has nowhere to go; without this the interpreter complains at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _lines(problem: CcorchError, screen: Screen) -> Iterator[str]:
    yield f"{screen.styled('error:', 'red', 'bold')} {line(problem.message)}"
    for each in getattr(problem, "problems", ()):
        if line(each) != line(problem.message):
            yield f"  {line(each)}"
    if problem.hint:
        yield f"{screen.styled('hint:', 'cyan')} {line(problem.hint)}"
