"""Which folder is for what, and what may be written there, judged by the rule that fences workers."""

from ccorch.rules.scope import allows
from ccorch.schema.places import FolderPolicy, Place
from ccorch.schema.policy import WriteScope

WORKSPACE = ".agent-workspace/ccorch"
RUNS = f"{WORKSPACE}/runs"
ARCHIVES = f"{WORKSPACE}/archives"

KEEPER = WriteScope(
    allow=(f"{RUNS}/*/**", f"{RUNS}/*", f"{ARCHIVES}/*", f"{ARCHIVES}/.*/**"), deny=(), byproducts=()
)
"""Where upkeep may write and delete: inside of the folders of runs and archives, never the folders themselves."""

PLACES = (
    Place(
        name="source",
        path="",
        purpose="the project itself; accepted results arrive here by a branch, nothing else does",
        written_by=("people", "worker"),
        kept="yours",
    ),
    Place(
        name="settings",
        path=".ccorch",
        purpose="this project's roles, policies and workflows: versioned data that runs never write",
        written_by=("people",),
        kept="yours",
    ),
    Place(
        name="runs",
        path=RUNS,
        purpose="one folder a run: plan, configuration, events, handoffs, patches, verdict, decision",
        written_by=("daemon", "keeper"),
        kept="until `ccorch workspace clean --apply`, or `archive --remove`",
    ),
    Place(
        name="archives",
        path=ARCHIVES,
        purpose="packed runs, each file with its sha256; `ccorch workspace restore` brings them back",
        written_by=("keeper",),
        kept="until you delete them",
    ),
    Place(
        name="reports",
        path=f"{WORKSPACE}/reports",
        purpose="reports that were written to files",
        written_by=("people", "daemon"),
        kept="until you delete them",
    ),
    Place(
        name="private evidence",
        path="$STATE/attempts",
        purpose="raw streams and Claude's own transcripts of attempts; the only unredacted bytes, never served",
        written_by=("daemon",),
        kept="policy.keep_raw days after the run's end",
    ),
    Place(
        name="worktrees",
        path="$STATE/worktrees",
        purpose="the isolated copies in which writing attempts work",
        written_by=("daemon", "worker"),
        kept="until the attempt was collected",
    ),
)
"""Every place; the workspace holds nothing else."""

PRINCIPLE = "What agents generate lies in .agent-workspace, out of git; source changes only by a decision of yours."


def folder_policy(worker: WriteScope) -> FolderPolicy:
    """The policy of a project whose workers have this scope."""
    return FolderPolicy(principle=PRINCIPLE, places=PLACES, worker=worker, keeper=KEEPER)


def may_keep(path: str) -> bool:
    """Whether upkeep may write or delete at this path, relative to the project."""
    return path == _plain(path) and allows(KEEPER, path)


def place_of(path: str) -> Place:
    """The narrowest place that a path, relative to the project, lies in."""
    fitting = [place for place in PLACES if not place.path.startswith("$") and _is_below(path, place.path)]
    return max(fitting, key=lambda place: len(place.path))


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _plain(path: str) -> str:
    """The path without what could lead elsewhere; a path that had such parts is another one then."""
    return "/".join(part for part in path.split("/") if part not in ("", ".", ".."))
