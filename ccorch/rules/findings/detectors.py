"""Detectors of what a worker does and leaves behind; the text of each is its page."""

from ccorch.rules.findings.detector import Detector


class SecretFound(Detector):
    """A secret stood in what a worker printed or was shown, or in lines that its change adds.

    ## Why it matters
    What a worker sees goes to its provider, and what is committed stays in the history.
    ## What to do
    `ccorch scan RUN` lists kinds and places, never values. Take it out of the change; renew a key that was shown.
    ## Example
    github_token of 40 bytes (3f2a) stood in the stream
    """

    severity = "critical"
    blocking = True


class SecretCandidate(Detector):
    """Lines that a change adds give a value to something that is called a secret; it may be a real one.

    ## Why it matters
    Passwords made of words have no shape by which they can be told.
    ## What to do
    Look at the place. Read secrets from the environment or a secret store instead.
    ## Example
    password of 11 bytes (a01c) in app/config.py:12
    """


class DestructiveCommand(Detector):
    """A worker called for a command that destroys what it does not own, publishes, or runs what it fetched.

    ## Why it matters
    What lies outside the worktree is not brought back by rejecting the run.
    ## What to do
    `ccorch show RUN --view log` shows the call. If it was refused, nothing happened: ask why it was tried.
    ## Example
    Bash `rm -rf ~/data` was not refused
    """

    severity = "high"
    blocking = True


class WorkDiscarded(Detector):
    """A worker threw away uncommitted work or refs of its own worktree.

    ## Why it matters
    What an earlier attempt or a tool had prepared there may be gone.
    ## What to do
    Compare the change with the handoff: does it still hold what is claimed?
    ## Example
    Bash `git reset --hard` was called
    """


class TestsFailed(Detector):
    """The last test command failed, and the handoff still says pass.

    ## Why it matters
    A claim of success is no evidence of it; here the worker's own exit status says otherwise.
    ## What to do
    `ccorch verify RUN --test CMD` runs the tests without the worker.
    ## Example
    pytest ended with status 1, and the handoff says pass
    """

    severity = "high"
    blocking = True


class RepeatedSearch(Detector):
    """A worker asked the same search again and again, or did nothing but search for a long time.

    ## Why it matters
    It pays for turns without getting further; its task may be unclear or its context lost.
    ## What to do
    Tell it where to look with `ccorch send RUN TEXT`, or name the files in the task.
    ## Example
    Grep `add` was called 3 times
    """


class SensitiveFileChanged(Detector):
    """A change touches files that decide what is installed, built, deployed or allowed.

    ## Why it matters
    A line there runs on other machines, with other rights than the worker's.
    ## What to do
    Read these files of the difference yourself: `ccorch diff RUN`.
    ## Example
    package-lock.json (dependencies), .github/workflows/ci.yml (ci)
    """


class WriteScope(Detector):
    """A change touches paths outside the write scope of its node.

    ## Why it matters
    What was allowed was planned and agreed; this was not.
    ## What to do
    Reject the run, or widen policy.write_scope and run it again.
    ## Example
    outside the scope: setup.py
    """

    severity = "high"
    blocking = True


class PermissionRefused(Detector):
    """Tool calls were refused during an attempt.

    ## Why it matters
    One is a fence at work; many say that role, task and permissions do not fit.
    ## What to do
    `ccorch show RUN --view log` names each with its reason.
    ## Example
    6 tool calls were refused: Write, Bash
    """

    severity = "low"


class RouteMismatch(Detector):
    """The model that answered is not the model that the plan chose.

    ## Why it matters
    Price and quality were judged for another model.
    ## What to do
    `ccorch show RUN --view cost`; correct the profile's model map.
    ## Example
    plan: glm-5.2, stream: claude-haiku-4-5
    """

    severity = "high"
    blocking = True


class LimitReached(Detector):
    """An attempt was ended by a limit of turns, time or money.

    ## Why it matters
    What it left behind is unfinished, however finished it looks.
    ## What to do
    Split the task, or raise the limit that is named and run it again.
    ## Example
    ended as turns_spent
    """

    severity = "high"
    blocking = True


class FenceAdvisory(Detector):
    """A writer works behind a fence that did not stop, or could not be shown to stop, what it should.

    ## Why it matters
    Before the first writing run on a machine a real Claude Code tries forbidden writes on a scripted model. What
    was not stopped there is found afterwards at best. Nodes that may run programs, or change files that decide
    what is run, are not started.
    ## What to do
    `ccorch doctor` shows what was tried. `ccorch doctor --canary` forgets it, and the next writing run tries anew;
    another version of Claude Code may hold.
    ## Example
    the fence of Claude Code 2.1.330 is advisory here: before the first writing run it did not stop: Bash redirect
    """

    severity = "high"
