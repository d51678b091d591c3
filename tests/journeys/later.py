"""A later build of ccorch, made from this one."""

import shutil
import sys
from pathlib import Path

import ccorch
from ccorch.config.layers import packaged_folder


def later_build(folder: Path, module: str, before: str, after: str) -> tuple[str, ...]:
    """The program of a later build under the same version, in which one place of one module is another."""
    package = folder / "ccorch"
    shutil.copytree(Path(ccorch.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conf", "schemas"):
        (folder / name).symlink_to(packaged_folder(name))
    text = (package / module).read_text()
    assert before in text
    (package / module).write_text(text.replace(before, after, 1))
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    prepared = f"import sys; sys.path.insert(0, {str(folder)!r}); sys.executable = {str(python)!r}"
    return "-c", f"{prepared}; from ccorch.__main__ import main; sys.exit(main())"
