"""Where config is read from: four roots in order, the groups below each, and the jail around every file."""

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.errors import ConfigForbidden, ConfigInvalid

if TYPE_CHECKING:
    from ccorch.schema.config import Layer

GROUPS = {
    "role": "roles",
    "policy": "policies",
    "cost": "policies/cost",
    "queue": "policies/queue",
    "routing": "policies/routing",
    "workflow": "workflows",
    "profiles": "profiles",
    "prices": "prices",
    "models": "models",
    "checks": "checks",
    "engine": "engine",
    "notify": "notify",
    "prompt": "prompts",
    "experiment": "experiment",
}
"""Each config group and the folder of its options below a layer's root."""

_READ = frozenset({"config.yaml", *(folder.partition("/")[0] for folder in GROUPS.values())})
"""What a composition reads at a layer's root."""

CHOSEN = tuple(group for group in GROUPS if group != "experiment")
"""The groups that are also keys of the composed config."""

ROOT_MARKS = (".ccorch", ".git")
"""What makes a folder the root of a project."""

MAX_BYTES = 1_048_576

Stamp = tuple[str, int, int, int]
"""A path and what changes with it: mtime in nanoseconds, size and inode; all -1 where nothing is."""


@dataclass(frozen=True)
class LayerDir:
    """One root that config files are read from."""

    layer: "Layer"
    root: str

    @property
    def exists(self) -> bool:
        # the sign at the end lets folders alone answer, in a third of the time that asking what it is takes
        return os.access(f"{self.root}/", os.F_OK)

    @property
    def has_options(self) -> bool:
        """Whether anything in it could be read by a composition; what ccorch brings is always read."""
        return self.layer == "packaged" or not _READ.isdisjoint(os.listdir(self.root))


def layer_dirs(project: Path, config_dir: Path | None, user_dir: Path | None) -> tuple[LayerDir, ...]:
    """The roots that exist, highest first; a --config-dir that does not is refused."""
    found = [
        LayerDir("project", os.path.join(_root_of(os.path.abspath(project)), ".ccorch")),
        LayerDir("user", os.path.abspath(user_dir or default_user_dir())),
        packaged(),
    ]
    if config_dir is not None:
        if not os.path.isdir(config_dir):
            raise ConfigInvalid(f"--config-dir {config_dir} is not a directory", hint="name a directory")
        found.insert(0, LayerDir("config-dir", os.path.abspath(config_dir)))
    return tuple(layer for layer in found if layer.exists)


def project_root(path: Path) -> Path:
    """The project of a folder: the nearest one upwards with `.ccorch` or `.git`, else the folder itself."""
    return Path(_root_of(os.path.abspath(path)))


def _root_of(start: str) -> str:
    # every composition comes by here: text is looked through in a seventh of the time that paths take
    folder = start.rstrip("/")
    while True:
        for mark in ROOT_MARKS:
            if os.access(f"{folder}/{mark}", os.F_OK):
                return folder or "/"
        if not folder:
            return start
        folder = folder[: folder.rindex("/")]


def default_user_dir() -> Path:
    """The user's own layer: CCORCH_CONFIG_HOME, else ccorch below XDG_CONFIG_HOME, else ~/.config/ccorch."""
    return folder_of(os.environ, "CCORCH_CONFIG_HOME", "XDG_CONFIG_HOME", ".config")


def folder_of(environment: Mapping[str, str], own: str, xdg: str, below: str) -> Path:
    """The folder that `own` names, else ccorch below what `xdg` names or `below` the home; raises ConfigInvalid."""
    if named := environment.get(own):
        if not os.path.isabs(named):
            # the daemon stands elsewhere than its callers: each would find limits and ledger of its own
            raise ConfigInvalid(
                f"{own}={named} is another folder for everybody who stands elsewhere",
                hint=f"name it from the root on, for example {own}={os.path.abspath(os.path.expanduser(named))}",
            )
        return Path(named)
    base = environment.get(xdg, "")
    # the specification of these variables has one that is not absolute ignored
    return (Path(base) if os.path.isabs(base) else home_of(environment) / below) / "ccorch"


def home_of(environment: Mapping[str, str], uid: int | None = None) -> Path:
    """The user's home: HOME where that is absolute, else as the system knows it; raises ConfigInvalid."""
    home = environment.get("HOME", "")
    if not os.path.isabs(home):
        try:
            home = pwd.getpwuid(os.getuid() if uid is None else uid).pw_dir
        except KeyError:
            home = ""
    if not os.path.isabs(home):
        raise ConfigInvalid(
            "nobody knows where this user's home is",
            hint="set HOME, or CCORCH_CONFIG_HOME, CCORCH_STATE_DIR and CCORCH_CACHE_DIR",
        )
    return Path(home)


def home_or_nowhere(environment: Mapping[str, str]) -> Path:
    """The same for who only looks whether something lies there: without a home nothing does."""
    try:
        return home_of(environment)
    except ConfigInvalid:
        return Path("/nonexistent")


@cache
def packaged() -> LayerDir:
    """The options that come with ccorch: inside an installed package, else beside it in a checkout."""
    return LayerDir("packaged", packaged_folder("conf"))


def packaged_folder(name: str) -> str:
    """A folder shipped with ccorch: in a wheel it lies inside the package, in a checkout beside it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / name
    return str(inside if inside.is_dir() else package.parent / name)


def option_names(layer: LayerDir, group: str) -> list[str]:
    """The options of a group in one layer; files beginning with an underscore are loadable but not listed."""
    try:
        names = os.listdir(os.path.join(layer.root, GROUPS[group]))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(name[:-5] for name in names if name.endswith(".yaml") and not name.startswith(("_", ".")))


def has_file(layer: LayerDir, relative: str) -> bool:
    """Whether the layer has something of that name; a broken link counts, so that reading it complains."""
    path = os.path.join(layer.root, relative)
    return os.path.lexists(path) and not os.path.isdir(path)


def read_inside(layer: LayerDir, relative: str, most: int = MAX_BYTES) -> str:
    """The text of a file that really lies inside the layer, is a plain file and is not too large."""
    path = os.path.join(layer.root, relative)
    return read_plain(path, jailed(layer, path), most)


def read_plain(path: str, real: str, most: int = MAX_BYTES) -> str:
    """The text of the plain file at `real`, complaints being about `path`; raises ConfigInvalid."""
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ConfigInvalid(f"{path}: is not a plain file")
    with os.fdopen(descriptor, "rb") as file:
        body = file.read(most + 1)
    if len(body) > most:
        raise ConfigInvalid(f"{path}: is larger than {most} bytes, the most a config file may be")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ConfigInvalid(f"{path}:{line}: is not UTF-8 text") from error


def stamp(path: str) -> Stamp:
    """What changes when the file or folder changes."""
    try:
        status = os.stat(path)
    except OSError:
        return (path, -1, -1, -1)
    return (path, status.st_mtime_ns, status.st_size, status.st_ino)


def jailed(layer: LayerDir, path: str) -> str:
    """Where the path really leads; raises ConfigForbidden where that is out of its layer or its project."""
    root, real = os.path.realpath(layer.root), os.path.realpath(path)
    if not _is_below(real, root):
        raise ConfigForbidden(
            f"{path}:1: is a link that leaves its layer, to {real}",
            hint=f"copy the file into {layer.root}",
        )
    if layer.layer == "project" and not _is_below(root, os.path.realpath(os.path.dirname(layer.root))):
        raise ConfigForbidden(
            f"{layer.root}: is a link that leaves the project, to {root}",
            hint="use --config-dir for config that lies elsewhere",
        )
    return real


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
