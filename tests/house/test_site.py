"""The pages make a site that is whole and needs nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it; a page without a place or a link without an end would have failed it."""
    folder = tmp_path_factory.mktemp("site")
    words = ["build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", *words], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    wanted = {name.with_name("index") if name.name == "README" else name for name in pages}

    assert [name for name in wanted if not (site / name).with_suffix(".html").exists()] == []
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=[\"']?(https?:)?//", page.read_text("utf-8")
        )
        assert loaded == [], page


def test_code_and_its_caches_stay_out(site: Path) -> None:
    assert [path.name for path in site.rglob("*") if path.suffix in {".py", ".pyc"}] == []


def test_a_link_out_of_the_pages_is_words_and_one_between_them_leads_there(site: Path) -> None:
    rooms = (site / "design/index.html").read_text(encoding="utf-8")
    first = (site / "index.html").read_text(encoding="utf-8")

    assert "<td><code>schema/</code></td>" in rooms
    assert 'href="../decisions/0002-dependencies.html"' in rooms
    assert 'href="how-to/changes.html"' in first
    assert 'src="docs/' not in first


def test_all_that_is_explained_has_a_place_in_the_list_of_pages() -> None:
    listed = set(re.findall(r"[\w./-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert pages <= listed
    assert yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["hooks"] == ["docs/pages.py"]
