"""Sets fresh worktrees up as the owner has declared: copies, links, commands, and what earlier ones have made."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ccorch.adapters.brought import keep_brought
from ccorch.adapters.files import make_private_dir, writing
from ccorch.adapters.git_command import Git
from ccorch.adapters.git_repository import Repository, found
from ccorch.adapters.process import commands, group
from ccorch.adapters.process.box import Box, run_boxed
from ccorch.errors import ProjectInvalid, SandboxUnavailable
from ccorch.ports import AttemptId, Fresh, SetUp
from ccorch.rules.amounts import limit, span
from ccorch.rules.passing import PASSED, PROXIES
from ccorch.rules.redaction import Redactor, passwords_in
from ccorch.rules.trial import shown
from ccorch.schema.base import fingerprint
from ccorch.schema.worktree import Worktree

MOST_KEPT = 8
"""Results of set-ups that are kept; the one that was used longest ago goes first."""

PRINTED = 1 << 20
"""Bytes of each output of a command that are kept."""

GRACE = 1.0
"""Seconds between asking what a command left running to end, and killing it."""


class _NotReady(Exception):
    """Nobody can work there, with the reason."""


@dataclass(frozen=True)
class WorktreeSetups:
    """Answers the Setups port."""

    brought: Callable[[AttemptId], Path]
    """File in which it is written down what the set-up of an attempt has put into its worktree."""
    worktree: Callable[[AttemptId], Path]
    """Top of an attempt's worktree."""
    kept: Path
    """Folder of what later worktrees are given."""
    hidden: tuple[Path, ...] = ()
    """Folders that commands in a sandbox find empty."""

    def prepare(self, attempt: AttemptId, fresh: Fresh) -> SetUp | None:
        """Do what the node's worktree asks for, once; null when it was done before."""
        asked, record = fresh.node.worktree, self.brought(attempt)
        if asked is None or asked.is_plain or record.exists():
            return None
        room = _Room(self.worktree(attempt), self.hidden)
        work = _Work(fresh, asked, self.kept, room, [])
        try:
            with writing(fresh.folder):
                work.bring()
            work.make()
        except _NotReady as problem:
            return SetUp(work.told, str(problem))
        top = self.worktree(attempt)
        keep_brought(record, top, _git(fresh, top).names())
        return SetUp(work.told)

    def furnish(self, fresh: Fresh) -> SetUp:
        """Do the same to plain files without git; nothing of it is kept for later ones."""
        asked = fresh.node.worktree
        if asked is None or asked.is_plain:
            return SetUp("")
        work = _Work(
            replace(fresh, is_planned=False), asked, self.kept, _Room(fresh.folder, self.hidden, False), []
        )
        try:
            work.bring()
            work.make()
        except _NotReady as problem:
            return SetUp(work.told, str(problem))
        return SetUp(work.told)


@dataclass(frozen=True)
class _Room:
    """Where the commands of a set-up may write, and what they do not see."""

    top: Path
    hidden: tuple[Path, ...]
    is_worktree: bool = True


@dataclass(frozen=True)
class _Work:
    """One set-up."""

    fresh: Fresh
    asked: Worktree
    kept: Path
    room: _Room
    log: list[str]

    @property
    def told(self) -> str:
        """What was done."""
        return self.hidden.text("\n".join(self.log) + "\n")

    @property
    def hidden(self) -> Redactor:
        """Takes out what commands may print of credentials, in whatever file or variable they found them."""
        environment = self._environment()
        proxies = passwords_in([environment[name] for name in PROXIES if name in environment])
        return Redactor((*self.fresh.secrets, *proxies))

    def bring(self) -> None:
        """Copy and link what git does not keep."""
        project = Path(self.fresh.launch.project).resolve()
        for names, how in ((self.asked.copied, _copy), (self.asked.linked, os.symlink)):
            for name in names:
                source, target = project / name, self._place(name)
                if not source.exists() or not source.resolve().is_relative_to(project):
                    raise _NotReady(f"{name!r} is not in the project, or leads out of it")
                how(source, target)
                self.log.append(f"{'copied' if how is _copy else 'linked'} {name}")

    def make(self) -> None:
        """Give what an earlier set-up made, or run the commands."""
        if not self.asked.commands:
            return
        known = self.kept / self._key()
        if self.asked.kept and known.is_dir():
            os.utime(known)
            for name in self.asked.kept:
                _copy(known / name, self._place(name))
                self.log.append(f"taken from an earlier set-up: {name}")
            return
        self._run()
        for name in self.asked.kept:
            if not os.path.lexists(self.fresh.folder / name):
                raise _NotReady(f"the commands have not made {name!r}, which was to be kept")
        if self.asked.kept and self.fresh.is_planned:
            self._keep(known)

    def _run(self) -> None:
        git = _git(self.fresh, self.fresh.folder) if self.room.is_worktree else None
        before, until = set(git.names("-m")) if git else set(), time.monotonic() + self.asked.seconds
        for words in self.asked.commands:
            self._run_one(words, until)
        if git and (changed := sorted({*git.names("-m")} - before)):
            told = ", ".join(os.fsdecode(name) for name in changed[:5])
            raise _NotReady(f"the commands changed what git tracks: {told}")

    def _run_one(self, words: tuple[str, ...], until: float) -> None:
        name, began = shown(words), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="ccorch-setup-", ignore_cleanup_errors=True) as home:
            environment = {**self._environment(), "HOME": home, "TMPDIR": home, "CCORCH_SETUP": home}
            program = _program(words[0], environment.get("PATH", ""), self.fresh.folder)
            if program is None:
                raise _NotReady(f"there is no program {words[0]!r} in the PATH of whoever started the run")
            done = self._run_boxed([program, *words[1:]], Path(home), environment, max(until - began, 0.0))
            group.kill(group.marked(f"CCORCH_SETUP={home}"), GRACE)
        said = (done.stdout + done.stderr).decode("utf-8", "replace").rstrip()
        ended = f"ended with status {done.rc} after {span(time.monotonic() - began)}"
        self.log.extend([f"$ {name}", *([said] if said else []), ended])
        if self.fresh.is_stopping():
            raise _NotReady("the run was stopped meanwhile")
        if done.timed_out:
            raise _NotReady(f"`{name}` was ended: all commands together had {limit(self.asked.seconds)}")
        if done.rc != 0:
            raise _NotReady(f"`{name}` ended with status {done.rc}{_last_words(self.hidden.text(said))}")

    def _run_boxed(
        self, argv: list[str], home: Path, environment: dict[str, str], seconds: float
    ) -> commands.Completed:
        """In a sandbox they write in the worktree alone; what they are there to fetch they may."""
        writable = (self.room.top, home)
        project = Path(self.fresh.launch.project)
        box = Box(self.fresh.node.sandbox, writable, self.room.hidden, network=True, shown=(project,))
        try:
            return run_boxed(
                argv,
                box,
                cwd=self.fresh.folder,
                env=environment,
                timeout=seconds,
                limit_bytes=PRINTED,
                unwanted=self.fresh.is_stopping,
            )
        except SandboxUnavailable as problem:
            raise _NotReady(problem.message) from None

    def _environment(self) -> dict[str, str]:
        passed = {name: value for name, value in self.fresh.launch.environment.items() if name in PASSED}
        return {**passed, **self.fresh.node.own_variables}

    def _place(self, name: str) -> Path:
        """Where it goes in the worktree; a commit may hold links, which are not followed out of it."""
        target, top = self.fresh.folder / name, self.fresh.folder.resolve()
        if not target.parent.resolve().is_relative_to(top):
            raise _NotReady(f"{name!r} would lie outside of the worktree")
        if os.path.lexists(target):
            raise _NotReady(f"{name!r} is in the worktree already, for git tracks it")
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _key(self) -> str:
        """What the result of the commands depends on."""
        return fingerprint(
            {
                "project": self.fresh.launch.project,
                "path": self.fresh.launch.environment.get("PATH", ""),
                "commands": self.asked.commands,
                "kept": self.asked.kept,
                "contents": {name: _content(self.fresh.folder / name) for name in self.asked.kept_for},
            }
        )[:32]

    def _keep(self, known: Path) -> None:
        """Keep what the commands made, whole or not at all."""
        make_private_dir(self.kept, self.kept.parent)
        with writing(self.kept), tempfile.TemporaryDirectory(dir=self.kept, prefix=".") as half:
            whole = Path(half) / "whole"
            for name in self.asked.kept:
                (whole / name).parent.mkdir(parents=True, exist_ok=True)
                _copy(self.fresh.folder / name, whole / name)
            if not known.exists():
                whole.rename(known)
            by_use = sorted(self.kept.glob("[0-9a-f]*"), key=lambda one: one.stat().st_mtime)
            for old in by_use[:-MOST_KEPT]:
                shutil.rmtree(old)


def _git(fresh: Fresh, folder: Path) -> Git:
    repository: Repository = found(Path(fresh.launch.project))
    record = repository.record_of(folder if (folder / ".git").exists() else _top(folder))
    if record is None:
        raise ProjectInvalid(f"git keeps no record of the worktree {str(folder)!r}")
    return Git.of(record, Path(os.fsdecode((record / "gitdir").read_bytes()).strip()).parent)


def _top(folder: Path) -> Path:
    return next((above for above in folder.parents if (above / ".git").exists()), folder)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _content(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _program(word: str, path: str, folder: Path) -> str | None:
    if "/" in word:
        return shutil.which(str(folder / word))
    return shutil.which(word, path=os.pathsep.join(entry for entry in path.split(os.pathsep) if entry[:1] == "/"))


def _last_words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return f": {' / '.join(lines[-3:])[-600:]}" if lines else ""
