"""How the workflow of a run is called whose plan does not name it, for it is of an earlier ccorch."""

from pathlib import PurePath

from ccorch.schema.asked import Asked

USUAL = "single"
"""What packaged configuration chooses where nobody says anything."""


def workflow_of(asked: Asked) -> str:
    """The option of the group `workflow`, or the file's name; what a layer may have chosen instead is not seen."""
    chosen = USUAL
    for group, option in asked.overlay.groups.items():
        chosen = option if group == "workflow" and isinstance(option, str) else chosen
    for override in asked.overrides:
        key, _, value = override.partition("=")
        if key.lstrip("+") == "workflow":
            chosen = value
        elif key.lstrip("+") == "workflow_file":
            return PurePath(value.strip("'\"")).stem
    return PurePath(chosen.strip("'\"")).name
