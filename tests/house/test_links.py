"""Pages point only at what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_something(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith("http")]

    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_room_stands_on_the_page_of_rooms() -> None:
    page = (ROOT / "docs/design/README.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "ccorch").iterdir() if (path / "__init__.py").exists()]
    pages = [path.name for path in (ROOT / "docs/design").glob("*.md") if path.name != "README.md"]

    assert [name for name in rooms if f"ccorch/{name}" not in page] == []
    assert [name for name in pages if f"({name})" not in page] == []
