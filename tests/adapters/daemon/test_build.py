"""Which of two builds takes over."""

import os
import shutil
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.daemon.build import PACKAGE, Build, this, told_by

builds = st.builds(
    Build, st.sampled_from(["0.9.0", "0.10.0", "1.0"]), st.sampled_from(["", "a", "b"]), st.integers(0, 3)
)


@given(builds, builds)
def test_of_two_builds_one_takes_over_and_never_both(one: Build, other: Build) -> None:
    assert one.supersedes(other) + other.supersedes(one) == (one != other)


@given(builds)
def test_a_build_is_what_its_daemon_says(build: Build) -> None:
    assert told_by(build.told()) == build


def test_a_daemon_that_tells_only_its_version_is_the_earlier_one() -> None:
    ours = this()

    assert ours.supersedes(told_by({"version": ours.version}))


def test_a_changed_module_is_a_later_build(tmp_path: Path) -> None:
    copy = tmp_path / "ccorch"
    shutil.copytree(PACKAGE / "rules", copy)
    before = this(copy)
    os.utime(copy / "graph.py", ns=(before.at + 1, before.at + 1))
    this.cache_clear()

    assert this(copy).supersedes(before)
