"""What of the machine runs lean on: Python, git, Claude Code, its sandbox, profiles, clients and configuration."""

import sys
from collections.abc import Iterator

from ccorch import __version__
from ccorch.config.check import check
from ccorch.config.installed import bringing_claude
from ccorch.errors import CcorchError, ClaudeUnusable
from ccorch.operations.doctor_line import Line
from ccorch.operations.house import House
from ccorch.operations.profiles import composed
from ccorch.operations.ways import advice, notes
from ccorch.ports.vitals import Vitals
from ccorch.rules.plain import line
from ccorch.schema.config import RunConfig

CLIENTS = ("claude", "codex")
"""Programs that can control runs over MCP."""

MOST = 10
"""Problems that are told one by one."""

REHEARSE = "ccorch doctor --rehearse"


def machine(house: House, vitals: Vitals) -> Iterator[Line]:
    """Every check of the machine; a configuration that cannot be composed leaves out what it would say."""
    yield _python()
    yield _git(vitals)
    yield from _config(house)
    try:
        config = composed(house, ())
    except CcorchError:  # told by the check of the configuration
        config = None
    yield from _claude(house, vitals, config.claude if config else None)
    yield _sandbox(house)
    if config is not None:
        yield from _profiles(house, config)
    yield _clients(vitals)


def _python() -> Line:
    said = f"{'.'.join(map(str, sys.version_info[:3]))}, ccorch {__version__}"
    if sys.platform != "linux":
        more = "workers run on Linux and WSL2 only; reading, planning and configuration work here"
        return Line(check="python", state="warn", said=f"{said}; {more}")
    return Line(check="python", state="ok", said=said)


def _git(vitals: Vitals) -> Line:
    found = vitals.program("git")
    if found is None:
        said = "not installed: nothing can be written, and changes cannot be told apart"
        return Line(check="git", state="fail", said=said, command="apt-get install git")
    return Line(check="git", state="ok", said=found[1] or str(found[0]))


def _config(house: House) -> Iterator[Line]:
    problems = list(check(house.project, None, house.user_config, house.cache))
    try:
        house.ceiling()
    except CcorchError as problem:
        place = problem.message.partition(": ")[0]
        if not any(said.startswith(f"{place}:") for said in problems):  # the schema has told it otherwise
            problems.append(problem.message)
    for said in dict.fromkeys(problems[:MOST]):
        yield Line(check="config", state="fail", said=line(said), command="ccorch config check")
    if not problems:
        yield Line(check="config", state="ok", said="every file of this project and of yours is valid")


def _claude(house: House, vitals: Vitals, configured: str | None) -> Iterator[Line]:
    try:
        path, cli = house.binaries.find(configured)
        found = vitals.contract(path, cli.version)
    except ClaudeUnusable as problem:
        command = bringing_claude(configured, house.environment)
        yield Line(check="claude", state="fail", said=problem.message, command=command)
        return
    said = f"{cli.version}, flags {found.fingerprint} ({path})"
    if found.missing:
        more = f"it lacks {', '.join(found.missing)}, with which workers are started"
        yield Line(check="claude", state="fail", said=f"{said}; {more}", command="ccorch upgrade-check")
        return
    done = vitals.rehearsed(cli.sha256)
    if found.is_tried or done is not None:
        shapes = f"; in its stream are unknown lines: {', '.join(done.shapes)}" if done and done.shapes else ""
        yield Line(check="claude", state="warn" if shapes else "ok", said=f"known: {said}{shapes}")
    else:
        more = "every flag that workers need is there; this ccorch was not tried with it yet"
        yield Line(check="claude", state="ok", said=f"{said}; {more}", command=REHEARSE)


def _sandbox(house: House) -> Line:
    missing = house.binaries.missing_for_sandbox()
    if not missing:
        return Line(check="sandbox", state="ok", said="bubblewrap and socat are installed")
    said = f"{', '.join(missing)} not installed: commands of writers run fenced by rules and hook alone"
    mend = "apt-get install bubblewrap socat"
    try:
        required = house.ceiling().sandbox == "required"
    except CcorchError:  # told by the check of the configuration
        required = False
    return Line(check="sandbox", state="fail" if required else "ok", said=said, command=mend)


def _profiles(house: House, config: RunConfig) -> Iterator[Line]:
    try:
        found = house.profiles.all(config.profiles)
    except CcorchError as problem:
        yield Line(check="profiles", state="fail", said=problem.message, command="ccorch profiles")
        return
    usable = [one for one in found if not one.unusable]
    said = f"{len(usable)} of {len(found)} can be used"
    if advice(house, found):
        said += ", none with a real model; `ccorch profiles` tells three ways to one"
    yield Line(
        check="profiles",
        state="ok" if usable else "fail",
        said=said,
        command=None if usable else "ccorch profiles",
    )
    switched = [one for one in found if one.source == "ccswitch"]
    told = notes(house, config)
    for note in told[:MOST]:
        yield Line(check="cc-switch", state="warn", said=note, command="ccorch profiles")
    if switched or not told:
        kept = f"{len(switched)} providers, read where they lie" if switched else "keeps no provider here"
        yield Line(check="cc-switch", state="ok", said=kept)


def _clients(vitals: Vitals) -> Line:
    found = [f"{name} {one[1] or one[0]}" for name in CLIENTS if (one := vitals.program(name))]
    said = (
        f"{', '.join(found)}: `ccorch mcp serve` is for them" if found else "none on the PATH, and none is needed"
    )
    return Line(check="clients", state="ok", said=said)
