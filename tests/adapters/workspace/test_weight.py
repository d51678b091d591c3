"""What a folder takes up: every file below it once, and nothing that a link leads to."""

import os
import subprocess
import sys
from pathlib import Path

from ccorch.adapters.workspace.weight import weight


def test_files_at_every_depth_count_and_links_as_what_they_are(tmp_path: Path) -> None:
    deep = tmp_path / "run/nodes/a/1"
    deep.mkdir(parents=True)
    (tmp_path / "run/plan.json").write_bytes(b"x" * 10)
    (deep / "stream.ndjson").write_bytes(b"x" * 100)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "large").write_bytes(b"x" * 9000)
    (deep / "out").symlink_to(outside)
    link = (deep / "out").lstat().st_size

    assert weight(f"{tmp_path}/run") == 110 + link
    assert weight(f"{deep}/out") == link
    assert weight(f"{deep}/stream.ndjson") == 100
    assert weight(f"{tmp_path}/gone") == 0


def test_no_folder_stays_open(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    before = sorted(os.listdir("/proc/self/fd"))

    weight(str(tmp_path))

    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_cannot_be_opened_costs_those_beside_it_nothing(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"file-{number}").write_bytes(b"x" * 10)
        (tmp_path / f"folder-{number}").mkdir()
    code = "\n".join(
        (
            "import resource, sys",
            "from ccorch.adapters.workspace.weight import weight",
            # one for the folder and one for the look into it
            "resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))",
            "print(weight(sys.argv[1]))",
        )
    )

    told = subprocess.run([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, check=True)

    assert int(told.stdout) == 400
