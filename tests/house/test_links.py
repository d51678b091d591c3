"""Pages point only at what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_something(page: Path) -> None:
    links = LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    local = [(page.parent / target if target else page, part) for target, part in links if "://" not in target]

    assert [str(target) for target, _ in local if not target.exists()] == []
    assert [f"{target}#{part}" for target, part in local if part and part not in parts(target)] == []


def parts(page: Path) -> set[str]:
    """The names that the headings of a page have in links."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#{1,6} +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_room_stands_on_the_page_of_rooms() -> None:
    page = (ROOT / "docs/design/README.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "ccorch").iterdir() if (path / "__init__.py").exists()]
    pages = [path.name for path in (ROOT / "docs/design").glob("*.md") if path.name != "README.md"]

    assert [name for name in rooms if f"ccorch/{name}" not in page] == []
    assert [name for name in pages if f"({name})" not in page] == []


def test_the_chinese_readme_has_the_same_blocks_links_headings_and_tables() -> None:
    one, other = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))

    assert FENCED.findall(one) == FENCED.findall(other)
    assert leads(one) - {"README.zh-CN.md"} == leads(other) - {"README.md"}
    for mark in (r"^#+ ", r"^\|", r"^!\["):
        assert len(re.findall(mark, one, re.MULTILINE)) == len(re.findall(mark, other, re.MULTILINE)), mark


def leads(text: str) -> set[str]:
    """Where the links of a page lead, but for the part of the page there."""
    return {target for target, _ in LINK.findall(text)}
