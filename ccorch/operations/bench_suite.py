"""The benchmark suite on this machine: its cases, a small project for each, and the trial of a patch in a copy."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml
from pydantic import ValidationError

from ccorch.config.layers import packaged_folder
from ccorch.config.problems import in_words
from ccorch.errors import ArgumentInvalid, ConfigInvalid
from ccorch.operations.bench_room import room, writing
from ccorch.operations.house import House
from ccorch.rules.amounts import limit
from ccorch.rules.bench import Checked, code_problem, patch_problem
from ccorch.rules.bench_text import long_text
from ccorch.schema.bench import CaseFile, Repair
from ccorch.schema.experience import CASES

CHECK_SECONDS = 10.0
"""Longest time of the check of a patch."""


def cases(wanted: Sequence[str]) -> tuple[CaseFile, ...]:
    """The cases of these names in the suite's order; all without a name."""
    unknown = [name for name in wanted if name not in CASES]
    if unknown:
        raise ArgumentInvalid(f"no case {unknown[0]!r} in the suite", hint=f"cases are {', '.join(CASES)}")
    return tuple(case(name) for name in CASES if not wanted or name in wanted)


def case(name: str) -> CaseFile:
    """One case as it is authored; raises ConfigInvalid with every wrong key."""
    path = _home(name) / "case.yaml"
    try:
        return CaseFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as wrong:
        found = wrong.errors(include_url=False)
        said = tuple(f"{path}: {'.'.join(map(str, one['loc']))}: {in_words(dict(one))}" for one in found)
        raise ConfigInvalid(said[0], problems=said) from wrong


def content(of: CaseFile) -> dict[str, bytes]:
    """Every file of a case's project."""
    files = {name: (_home(of.name) / "project" / name).read_bytes() for name in of.files}
    made = {of.long_text.file: long_text(of.long_text).encode()} if of.long_text else {}
    return files | made


def project(house: House, of: CaseFile) -> Path:
    """The project of a case, with its one commit; it is made once and stays, for the runs lie in it."""
    files = content(of)
    mark = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:12]
    place = house.bench_room / f"{of.name}-{mark}"
    if not place.is_dir():
        with _draft(house, files) as folder:
            house.worktrees.begin(folder)
            _rename(folder, place)
    return place


def tried(house: House, of: CaseFile, patch: str, seconds: float = CHECK_SECONDS) -> Checked:
    """What the case's check says of a patch, in a copy that is gone afterwards."""
    owed = of.expects
    assert isinstance(owed, Repair), "only repairs are tried"
    if problem := patch_problem(patch, owed.may_change):
        return Checked(problem=problem)
    with _draft(house, content(of)) as folder:
        if (complaint := house.worktrees.apply(folder, patch)) is not None:
            return Checked(problem=f"the patch does not fit: {complaint}")
        if problem := _unsafe(folder, of, owed):
            return Checked(problem=problem)
        ran = house.commands.python(_home(of.name) / owed.check, folder, seconds)
    if ran.timed_out:
        return Checked(problem=f"the patched code did not end within {limit(seconds)}")
    return Checked(ran.out, "" if ran.status == 0 else f"the check ended with status {ran.status}")


def _unsafe(folder: Path, of: CaseFile, owed: Repair) -> str:
    """What of the patched copy may not be run: another change than was allowed, or code that reaches out."""
    before = {name: body for name, body in content(of).items() if name not in owed.may_change}
    there = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    files = {path.relative_to(folder).as_posix(): path for path in there}
    if files.keys() != {*before, *owed.may_change} or any(path.is_symlink() for path in files.values()):
        return "the patch adds, removes or replaces files"
    if any(files[name].read_bytes() != body for name, body in before.items()):
        return f"the patch changes more than {', '.join(owed.may_change)}"
    codes = (files[name].read_bytes() for name in owed.may_change)
    return next(filter(None, map(code_problem, codes)), "")


@contextmanager
def _draft(house: House, files: Mapping[str, bytes]) -> Iterator[Path]:
    """A private folder with these files; what is still there at the end goes."""
    place = room(house)
    with writing(place):
        made = tempfile.TemporaryDirectory(dir=place, prefix=".draft-", ignore_cleanup_errors=True)
    with made as name:
        folder = Path(name)
        with writing(folder):
            for relative, body in files.items():
                path = folder / relative
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
        yield folder


def _rename(folder: Path, place: Path) -> None:
    with writing(place):
        try:
            os.rename(folder, place)
        except OSError:
            if not place.is_dir():
                raise
            # somebody else made the same project in the meantime


def _home(name: str) -> Path:
    return Path(packaged_folder("conf")) / "bench" / name
