"""A project and a user layer in temporary folders, and a short way to compose from them."""

from pathlib import Path
from typing import Any

import pytest

from ccorch.config.compose import Composed, ComposeRequest, Resolver

SHARED = Resolver()
"""What ccorch itself brings is composed once for many tests, as in a server."""


class Tree:
    """Folders of layers that a test fills; `compose` reads them through a real resolver, by default a fresh one."""

    def __init__(self, root: Path, resolver: Resolver | None = None) -> None:
        self.project = root / "project"
        self.user = root / "user"
        self.config_dir = root / "given"
        self.project.mkdir(parents=True)
        self.resolver = resolver or Resolver()

    def write(self, layer: str, name: str, text: str) -> Path:
        root = {"project": self.project / ".ccorch", "user": self.user, "config-dir": self.config_dir}[layer]
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def request(self, *overrides: str, **more: Any) -> ComposeRequest:
        given = self.config_dir if self.config_dir.is_dir() else None
        return ComposeRequest(
            self.project, overrides, **{"config_dir": given, "user_dir": self.user, "task": "do it", **more}
        )

    def compose(self, *overrides: str, **more: Any) -> Composed:
        return self.resolver.compose(self.request(*overrides, **more))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path, SHARED)
