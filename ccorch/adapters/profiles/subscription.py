"""Profiles that use the user's own login."""

from pathlib import Path

CREDENTIALS = ".credentials.json"
"""File in a login's folder; whether it is there is all that is ever asked of it."""


def refusal(folder: str | Path | None) -> str | None:
    """Why workers cannot use the login that is kept in this folder; null when they can."""
    if folder is None:
        return "the folder of its login is not known; log in with `claude` first"
    if (Path(folder) / CREDENTIALS).is_file():
        return None
    return f"there is no login in {folder}; log in with `claude` first"
