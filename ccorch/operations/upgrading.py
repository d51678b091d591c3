"""The verb that tells what a new version changes here; it reads, and it applies nothing."""

from collections.abc import Iterator
from pathlib import Path

from ccorch import __version__
from ccorch.config.installed import bringing_claude, renewing
from ccorch.config.layers import LayerDir, layer_dirs, packaged_folder
from ccorch.config.renamed import old_keys
from ccorch.errors import CcorchError, ClaudeUnusable
from ccorch.operations import persona
from ccorch.operations.doctor_line import Line
from ccorch.operations.house import House
from ccorch.operations.profiles import composed
from ccorch.operations.which import checked_project
from ccorch.ports.vitals import Vitals
from ccorch.rules.amounts import number
from ccorch.schema.base import Many, Value
from ccorch.schema.keeping import PersonaWriteRequest, UpgradeCheckRequest


class UpgradeReply(Value):
    """What was compared."""

    installed: str
    """Version of this ccorch."""
    lines: Many[Line]
    """Each comparison: ok, warn (it goes on as it is) or fail (something has to be rewritten)."""

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be rewritten."""
        return all(line.state != "fail" for line in self.lines)


def check(house: House, request: UpgradeCheckRequest) -> UpgradeReply:
    """Compare versions, keys, schemas and stores."""
    project, vitals = checked_project(house.project), house.vitals()
    layers = layer_dirs(house.project, None, house.user_config)
    return UpgradeReply(
        installed=__version__,
        lines=(
            _versions(vitals),
            _claude(house, vitals),
            *_keys(layers),
            *_layers(layers),
            *_schemas(project),
            *_sections(house),
            *_stores(vitals),
        ),
    )


def _versions(vitals: Vitals) -> Line:
    daemon = vitals.daemon()
    if not daemon.alive or daemon.version is None:
        return Line(check="ccorch", state="ok", said=f"{__version__} is installed, and no daemon of another lives")
    if not daemon.is_other:
        return Line(check="ccorch", state="ok", said=f"{__version__} is installed, and its daemon lives")
    said = f"{__version__} is installed, a daemon of another {daemon.version} lives; the newer takes over by itself"
    return Line(check="ccorch", state="warn", said=said, command="ccorch serve --stop")


def _claude(house: House, vitals: Vitals) -> Line:
    configured = _configured(house)
    try:
        path, cli = house.binaries.find(configured)
        found = vitals.contract(path, cli.version)
    except ClaudeUnusable as problem:
        return Line(
            check="claude",
            state="fail",
            said=problem.message,
            command=bringing_claude(configured, house.environment),
        )
    if found.missing:
        said = f"{cli.version} lacks {', '.join(found.missing)}, with which workers are started"
        return Line(check="claude", state="fail", said=said, command=renewing("claude"))
    if found.is_tried or vitals.rehearsed(cli.sha256):
        return Line(check="claude", state="ok", said=f"{cli.version} is known")
    said = f"{cli.version} has every flag that is needed; this ccorch was not tried with it yet"
    return Line(check="claude", state="warn", said=said, command="ccorch doctor --rehearse")


def _configured(house: House) -> str | None:
    """The binary that the configuration names; one that cannot be composed names none, and its keys are told."""
    try:
        return composed(house, ()).claude
    except CcorchError:
        return None


def _keys(layers: tuple[LayerDir, ...]) -> Iterator[Line]:
    found = list(old_keys(layers))
    for one in found:
        yield Line(check="keys", state="fail", said=one.said)
    if not found:
        yield Line(check="keys", state="ok", said="no file uses a name that has changed")


def _layers(layers: tuple[LayerDir, ...]) -> Iterator[Line]:
    for layer in layers:
        if layer.layer != "packaged":
            count = sum(1 for _ in Path(layer.root).rglob("*.yaml"))
            files = number(count, "file")
            said = f"{files} in {layer.root}: an upgrade replaces packaged files only, and nothing here"
            yield Line(check=f"{layer.layer} layer", state="ok", said=said)


def _schemas(project: Path) -> Iterator[Line]:
    """The copies that editors check by; nothing else reads them."""
    folder = project / ".ccorch/schemas"
    packaged = {
        path.name: path.read_bytes() for path in (Path(packaged_folder("schemas")) / "authoring").glob("*.json")
    }
    there = {path.name: path for path in folder.glob("*.json")} if folder.is_dir() else {}
    stale = sorted(name for name, path in there.items() if packaged.get(name) != _content(path))
    if stale:
        said = f"{len(stale)} schemas for editors are of another version: {', '.join(stale[:5])}"
        yield Line(check="schemas", state="fail", said=said, command="rm -r .ccorch/schemas && ccorch init")
    elif there:
        yield Line(check="schemas", state="ok", said=f"{len(there)} schemas for editors are those of this version")


def _sections(house: House) -> Iterator[Line]:
    try:
        files = persona.write(house, PersonaWriteRequest(dry_run=True)).files
    except CcorchError as problem:
        yield Line(check="persona", state="warn", said=problem.message, command="ccorch persona write --force")
        return
    for one in files:
        if one.outcome == "updated":
            said = f"the section in {one.path} is of another version or other choices"
            yield Line(check="persona", state="warn", said=said, command="ccorch persona write")


def _stores(vitals: Vitals) -> Iterator[Line]:
    for one in vitals.stores():
        if one.found is None:
            yield Line(check=one.name, state="ok", said=f"not there yet; it will be made in form {one.newest}")
        elif one.found < one.newest:
            said = f"form {one.found}; the next daemon brings it to form {one.newest}"
            yield Line(check=one.name, state="ok", said=said)
        elif one.found > one.newest:
            said = f"form {one.found} of a newer ccorch; this one makes it anew in form {one.newest}"
            yield Line(check=one.name, state="warn", said=said)
        else:
            yield Line(check=one.name, state="ok", said=f"form {one.found} of {one.newest}")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
