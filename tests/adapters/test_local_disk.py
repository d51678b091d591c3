"""The state folder stands on a local disk: by the system's own list of mounts, and said with the way out."""

from pathlib import Path

import pytest

from ccorch.adapters.local_disk import filesystem, network_below, refuse_network
from ccorch.errors import StoreUnusable

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /home rw - nfs4 host:/home rw
41 40 254:1 / /home/me/local\\040disk rw - xfs /dev/vdb rw
42 22 0:36 / /mnt/c rw - 9p drvfs rw
43 22 0:37 / /mnt/ssh rw,nosuid,nodev,relatime - fuse.sshfs me@host:/ rw,user_id=0,group_id=0
44 22 0:38 / /srv rw - nfs host:/srv rw
45 22 0:39 / /srv rw - tmpfs tmpfs rw
broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/homely", "ext4"),
        ("/home/me", "nfs4"),
        ("/home/me/local disk/x", "xfs"),
        ("/mnt/c/Users", "9p"),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/srv", "tmpfs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_its_nearest_mount(folder: str, kind: str) -> None:
    assert filesystem(Path(folder), MOUNTS) == kind


@pytest.mark.parametrize("folder", ["/home/me", "/mnt/c/x", "/mnt/ssh"])
def test_a_network_file_system_is_refused_with_the_way_out(folder: str) -> None:
    with pytest.raises(StoreUnusable, match="locks cannot be trusted") as refused:
        refuse_network(Path(folder), MOUNTS)

    assert "CCORCH_STATE_DIR" in refused.value.hint


def test_a_folder_that_is_not_there_yet_lies_where_it_will_be(tmp_path: Path) -> None:
    line = f"50 22 0:41 / {tmp_path} rw - nfs4 host:/x rw\n"

    assert network_below(tmp_path / "not/yet", MOUNTS + line) == "nfs4"
    assert network_below(tmp_path / "not/yet", "") is None
