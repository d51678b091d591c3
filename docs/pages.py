"""Makes the pages of the repository ones of the site: those of the root come along, links lead to what is there."""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
OF_THE_ROOT = ("AGENTS.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.zh-CN.md", "SECURITY.md")

_LABEL = r"(?P<mark>!?)\[(?P<label>(?:[^\[\]]|\[[^\]]*\])*)\]"
_LINK = re.compile(_LABEL + r"\((?P<target>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")
_BLOCK = re.compile(r"(?:[-*] |\d+\. |\|)")


def on_files(files: Files, config: Any) -> Files:
    """Bring the pages of the root along; the README is the first page."""
    for name, page in {"README.md": "index.md", **{name: name for name in OF_THE_ROOT}}.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """The page as the site's dialect and places want it."""
    return as_pages(markdown, page.file.src_uri, {file.src_uri for file in files}, config.repo_url or "")


def as_pages(text: str, page: str, pages: set[str], home: str) -> str:
    """Links led to pages of the site, or to the repository; without one they are only words."""
    place = "README.md" if page == "index.md" else page if page in OF_THE_ROOT else f"docs/{page}"

    def led(link: re.Match[str]) -> str:
        target, anchor = link["target"], link["anchor"] or ""
        if not target or "://" in target:
            return link[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        name = "index.md" if path == "README.md" else path.removeprefix("docs/")
        if name not in pages and f"{name}/README.md" in pages:
            name = f"{name}/README.md"
        if name in pages:
            near = posixpath.relpath(name, posixpath.dirname(page) or ".")
            return f"{link['mark']}[{link['label']}]({near}{anchor})"
        return f"[{link['label']}]({home.rstrip('/')}/blob/HEAD/{path}{anchor})" if home else link["label"]

    return "\n".join(_spaced(text, lambda line: _LINK.sub(led, line)))


def _spaced(text: str, change: Any) -> list[str]:
    """Lines outside of fences changed, and lists and tables parted from the words before them."""
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fence = line.lstrip().startswith("```")
        fenced ^= fence
        if fenced or fence:
            lines.append(line)
            continue
        before = lines[-1] if lines else ""
        if _BLOCK.match(line) and before and not _BLOCK.match(before) and not before.startswith((" ", "#")):
            lines.append("")
        lines.append(change(line))
    return lines
