"""What keeps the house: set up, look after it, and serve."""

from ccorch.schema.base import Value


class InitRequest(Value):
    """Set up a repository: .ccorch/ with a commented start, and schemas for editors. Never overwrites."""

    dry_run: bool = False
    """Only say what would be written."""


class DoctorRequest(Value):
    """Look at daemon, database, disk, runs and workers, and name what mends each; exit status 1 when one fails."""

    rebuild: bool = False
    """First make index and database anew from the run folders; workers go on meanwhile."""
    canary: bool = False
    """Forget what was seen when fences were tried; the next writing run tries them anew."""


class McpServeRequest(Value):
    """Serve MCP tools over standard input and output, read-only for the project."""


class ServeRequest(Value):
    """Be the daemon in this terminal, or end the one that lives."""

    stop: bool = False
    """End the living daemon; its workers go on and are adopted by the next one."""
    daemon: bool = False
    """How other commands start it: no words unless something fails."""
