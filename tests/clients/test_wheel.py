"""What is published installs by itself and makes a first run without the source tree."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.machine import Machine

ROOT = Path(__file__).parents[2]
MOST_BYTES = 1_260_000
"""Of the wheel, nine tenths of it modules and their names (`docs/decisions/0007-wheel.md`)."""
KINDS = {".py", ".pyi", ".typed", ".yaml", ".json", ".md", ".html", ".css", ".js", ".png"}
"""Of files that runs need; the picture is a case of the bench."""


def built(kind: str, folder: Path, source: Path = ROOT) -> Path:
    """A distribution as the build backend makes it."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as held:
        return {name for name in held.namelist() if "__pycache__" not in name}


def test_a_wheel_carries_what_runs_are_made_of_and_the_source_makes_the_same_one(
    wheel: Path, tmp_path: Path
) -> None:
    held = names(wheel)
    authored = {f"ccorch/{path.relative_to(ROOT)}" for name in ("conf", "schemas") for path in files(ROOT / name)}
    assert authored <= held
    assert {"ccorch/__init__.pyi", "ccorch/py.typed"} <= held
    assert wheel.stat().st_size <= MOST_BYTES
    inside = {name for name in held if not name.startswith("ccorch-")}
    assert {Path(name).suffix for name in inside} <= KINDS
    assert {name.split("/")[0] for name in inside} == {"ccorch"}

    with tarfile.open(built("sdist", tmp_path / "sdist")) as source:
        # the first releases of Python 3.11 do not know the filter yet
        source.extractall(tmp_path / "source", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (folder,) = (tmp_path / "source").iterdir()
    assert names(built("wheel", tmp_path / "again", folder)) == held


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_an_installed_wheel_makes_a_first_run(wheel: Path, box: Machine) -> None:
    venv = box.root / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=300)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(venv), "platbase": str(venv)}))
    # what it needs is taken from here; a path named in a file does not bring the names in the files there
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin/python"), "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--disable-pip-version-check", "--no-cache-dir", str(wheel)]
    subprocess.run([*pip, *offline], check=True, timeout=600, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    box.extra["PATH"] = f"{venv / 'bin'}:/usr/local/bin:/usr/bin:/bin"

    first_run(box, venv / "bin/ccorch")
    where = subprocess.run(
        [str(venv / "bin/python"), "-c", "import ccorch; print(ccorch.__file__)"],
        cwd=box.project,
        env=box.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.strip() == str(packages / "ccorch/__init__.py")


def first_run(box: Machine, ccorch: Path) -> None:
    """A verified run by an installed command."""
    words = ("role=review", "prompt=repo_audit", "profile=scripted", "script=review", "task=Look")
    for asked, told in ((words, "1/1 nodes passed"), (("verify",), ": pass")):
        said = subprocess.run(
            [str(ccorch), *asked], cwd=box.project, env=box.environment, capture_output=True, text=True, timeout=600
        )
        assert said.returncode == 0, said
        assert told in said.stdout


if os.environ.get("CCORCH_SOAK"):  # it fetches what ccorch leans on, and Claude Code

    @pytest.mark.parametrize("tool", ["pipx", "uv"])
    def test_a_tool_that_keeps_commands_apart_installs_it_and_what_doctor_says_brings_claude(
        wheel: Path, box: Machine, tool: str
    ) -> None:
        venv, bin = box.root / "tools", box.root / "bin"
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=600)
        pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", tool]
        subprocess.run(pip, check=True, timeout=600)
        places = {"PIPX_HOME": str(box.root / "pipx"), "PIPX_BIN_DIR": str(bin)}
        places |= {"UV_TOOL_DIR": str(box.root / "uv"), "UV_TOOL_BIN_DIR": str(bin)}
        outside = {**os.environ, **places, "PATH": f"{venv / 'bin'}:{os.environ['PATH']}"}
        install = {"pipx": ["pipx", "install"], "uv": ["uv", "tool", "install", "--quiet"]}[tool]
        subprocess.run([*install, str(wheel)], check=True, timeout=900, env=outside)
        box.extra["PATH"] = f"{bin}:/usr/local/bin:/usr/bin:/bin"
        doctor = subprocess.run(
            [str(bin / "ccorch"), "doctor", "--json"], cwd=box.project, env=box.environment, capture_output=True
        )
        (mend,) = [line["command"] for line in json.loads(doctor.stdout)["lines"] if line["check"] == "claude"]
        assert mend.startswith(tool)

        subprocess.run(mend, shell=True, check=True, timeout=900, env=outside)

        first_run(box, bin / "ccorch")
