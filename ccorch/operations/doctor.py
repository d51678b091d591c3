"""Looks at everything that runs lean on, and names the command that mends what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ccorch import __version__
from ccorch.errors import CcorchError, ConfigInvalid
from ccorch.operations.doctor_line import Line, State
from ccorch.operations.doctor_machine import machine
from ccorch.operations.house import House
from ccorch.ports import Census
from ccorch.ports.listing import Brief
from ccorch.ports.vitals import DaemonVitals, Rebuilt, Vitals
from ccorch.rules.canary import advice
from ccorch.schema.base import Many, Value
from ccorch.schema.ids import short_id
from ccorch.schema.keeping import DoctorRequest
from ccorch.schema.status import OVER, RunStatus

REBUILD = "ccorch doctor --rebuild"
LITTLE, TOO_LITTLE = 1 << 30, 64 << 20
"""Free bytes below which a disk is warned of, and below which nothing can be accepted any more."""

MOST = 20
"""Runs that are named one by one."""


class DoctorReply(Value):
    """Everything that was looked at."""

    lines: Many[Line]
    """What was found, in the order of the checks."""
    rebuilt: str | None = None
    """What was made anew, in words; null when nothing was asked for."""

    @property
    def is_well(self) -> bool:
        """Whether nothing fails."""
        return all(line.state != "fail" for line in self.lines)


@dataclass(frozen=True)
class _Patient:
    """What the checks look at; taken once."""

    house: House
    vitals: Vitals
    daemon: DaemonVitals
    census: Census
    unlisted: str = ""
    """Why the runs cannot be listed, in words."""

    @property
    def unfinished(self) -> dict[str, Brief]:
        """Runs that are not over."""
        return {run: one for run, one in self.census.runs.items() if one.status not in OVER}


def doctor(house: House, request: DoctorRequest) -> DoctorReply:
    """Look at everything; with `rebuild` first make index and database anew."""
    vitals = house.vitals()
    rebuilt = _words(vitals.rebuild()) if request.rebuild else None
    if request.canary:
        vitals.forget_fences()
    # first, for what it proves of the binary and of the fences is looked at after it
    rehearsed = _rehearsed(house, vitals) if request.rehearse else ()
    patient = _patient(house, vitals)
    found = (*machine(house, vitals), *(line for check in CHECKS for line in check(patient)))
    return DoctorReply(lines=(*found, *rehearsed), rebuilt=rebuilt)


def _rehearsed(house: House, vitals: Vitals) -> tuple[Line, ...]:
    from ccorch.operations.rehearsal import rehearse  # brings all of planning, which nothing else here needs

    return tuple(rehearse(house, vitals))


def _patient(house: House, vitals: Vitals) -> _Patient:
    try:
        return _Patient(house, vitals, vitals.daemon(), house.library.census())
    except CcorchError as problem:
        return _Patient(house, vitals, vitals.daemon(), Census({}), problem.message)
    except OSError as problem:
        said = f"{problem.filename} cannot be used: {problem.strerror}"
        return _Patient(house, vitals, vitals.daemon(), Census({}), said)


def _words(done: Rebuilt) -> str:
    aside = f"; the database that was there is kept as {done.aside}" if done.aside else ""
    left = f"; unreadable: {', '.join(done.unreadable)}" if done.unreadable else ""
    return f"index and database were made anew from the run folders{aside}{left}"


def _daemon(patient: _Patient) -> Iterator[Line]:
    found = patient.daemon
    if not found.alive:
        yield Line(check="daemon", state="ok", said="none is needed now; any command that starts runs starts it")
    elif found.problem:
        mend = f"kill -9 {found.pid}" if found.pid else "ccorch serve --stop"
        yield Line(
            check="daemon", state="fail", said=f"it lives and does not answer: {found.problem}", command=mend
        )
    else:
        said = f"version {found.version}, process {found.pid}, drives {len(found.live)} runs"
        other = found.is_other
        note = f"; this command is another {__version__}, and the newer takes over by itself" if other else ""
        yield Line(check="daemon", state="warn" if other else "ok", said=said + note)


def _database(patient: _Patient) -> Iterator[Line]:
    try:
        found = patient.vitals.database()
    except ConfigInvalid as problem:
        yield Line(check="database", state="fail", said=problem.message, command="ccorch config check")
        return
    if found.problem:
        mend = "see that PostgreSQL runs" if found.store == "postgres" else REBUILD
        yield Line(check="database", state="fail", said=found.problem, command=mend)
    else:
        said = "none is kept: run folders are all there is" if found.store == "inline" else f"{found.store} answers"
        yield Line(check="database", state="ok", said=said)
    if found.stranded:
        said = f"{', '.join(found.stranded[:MOST])} of another ccorch's flow are taken up by nobody"
        yield Line(check="database", state="fail", said=said, command=REBUILD)
    for path in found.aside:
        said = f"{path} could not be used and was set aside; nothing is lost with it"
        yield Line(check="database", state="warn", said=said, command=f"rm {path}*")


def _disk(patient: _Patient) -> Iterator[Line]:
    for room in patient.vitals.rooms(patient.house.project):
        said = f"{room.name} folder {room.path}: {room.free_bytes / 1e9:.1f} GB free"
        if not room.writable:
            yield Line(check="disk", state="fail", said=f"{said}, and not writable", command=f"ls -ld {room.path}")
        elif room.free_bytes < LITTLE:
            state: State = "fail" if room.free_bytes < TOO_LITTLE else "warn"
            more = "runs are refused and endings wait until there is room" if state == "fail" else "that is little"
            yield Line(check="disk", state=state, said=f"{said}; {more}", command=f"df -h {room.path}")
        else:
            yield Line(check="disk", state="ok", said=said)
        if room.network:
            said = f"{room.path} lies on {room.network}; locks cannot be trusted there, so no run is started"
            mend = "export CCORCH_STATE_DIR=/a/folder/on/a/local/disk"
            yield Line(check="disk", state="fail", said=said, command=mend)


def _runs(patient: _Patient) -> Iterator[Line]:
    if patient.unlisted:
        why = f"they cannot be listed: {patient.unlisted}"
        yield Line(check="runs", state="fail", said=why, command="ccorch list")
        return
    well = True
    for run in patient.census.left_out[:MOST]:
        well = False
        yield Line(check="runs", state="fail", said=f"run {run} is left out: its folder cannot be read")
    unfinished = patient.unfinished
    for run in list(unfinished)[:MOST]:
        if (said := _stranded(run, unfinished[run].status, patient.daemon)) is not None:
            well = False
            state: State = "fail" if patient.daemon.alive else "warn"
            command = f"ccorch wait {short_id(run)}" if not patient.daemon.alive else "ccorch serve --stop"
            yield Line(check="runs", state=state, said=f"run {run} {said}", command=command)
    if well:
        said = f"{len(patient.census.runs)} known, {len(unfinished)} not over, none stranded"
        yield Line(check="runs", state="ok", said=said)


def _stranded(run: str, status: RunStatus, daemon: DaemonVitals) -> str | None:
    """Why nothing goes on with a run that is not over; none when something does, or nothing should."""
    if status == "needs_rerun" or daemon.problem:
        return None
    if not daemon.alive:
        return "is not over, and no daemon drives it; any command that waits starts one"
    return None if run in daemon.live else "is not over, and the living daemon does not know it"


def _frozen(patient: _Patient) -> Iterator[Line]:
    found = patient.vitals.frozen()
    for one in found:
        said = f"the {one.who} of {one.attempt} is stopped by a signal and gets nowhere"
        yield Line(check="workers", state="warn", said=said, command=f"kill -CONT {one.pid}")
    if not found:
        yield Line(check="workers", state="ok", said="none is frozen")


def _fences(patient: _Patient) -> Iterator[Line]:
    found = patient.vitals.fences()
    for one in found:
        where = "in a sandbox" if one.sandbox else "without a sandbox"
        name = f"Claude Code {one.cli} {where}"
        if said := advice(one):
            yield Line(check="fences", state="warn", said=f"{name}: {said}", command="ccorch doctor --canary")
        else:
            yield Line(check="fences", state="ok", said=f"{name}: {len(one.tried)} forbidden writes were stopped")
    if not found:
        yield Line(check="fences", state="ok", said="none was tried yet; the first writing run does that")


CHECKS: tuple[Callable[[_Patient], Iterator[Line]], ...] = (*(_daemon, _database, _disk, _runs, _frozen, _fences),)
"""What is looked at, in this order; a new check is a new line."""
