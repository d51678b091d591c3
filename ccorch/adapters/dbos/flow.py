"""The version of what stands in the rows; DBOS by itself would strand every run on any upgrade."""

NAME = "ccorch-flow-"
VERSION = 1
"""Goes up only when rows of an older ccorch cannot be gone on with."""

FLOW = f"{NAME}{VERSION}"


def is_newer(flow: str) -> bool:
    """Whether rows are of a ccorch that is newer than this one."""
    number = flow.removeprefix(NAME)
    return flow.startswith(NAME) and number.isdecimal() and int(number) > VERSION
