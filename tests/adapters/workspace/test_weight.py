"""What a folder takes up: every file below it once, and nothing that a link leads to."""

import os
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
