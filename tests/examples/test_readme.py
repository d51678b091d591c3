"""What the pages show is what happens."""

import re

import pytest

from tests.examples.readme import PLAYS, ROOT, Authored, blocks, played, same, scenes, text_of

ADVICE = "`python -m tests.examples` writes what is printed into the pages"
PAGES = [page for play in PLAYS for page in play]
RUN = re.compile(r"\b[0-9a-f]{16}\b")


@pytest.mark.parametrize("pages", PLAYS, ids=lambda pages: str(pages[0]))
def test_every_command_of_a_page_prints_what_it_shows(pages: tuple[str, ...]) -> None:
    for page, shown, printed in played(pages):
        assert same(shown.lines, printed), f"{page}: $ {shown.command}\n" + "\n".join(printed) + "\n\n" + ADVICE


def test_the_demo_is_the_first_command_shown() -> None:
    demo = (ROOT / "examples/demo.sh").read_text(encoding="utf-8")
    first = next(scene for scene in scenes(text_of("README.md")) if not isinstance(scene, Authored))

    assert f"\n{first.command} ||" in demo


@pytest.mark.parametrize("page", PAGES)
def test_what_is_shown_of_a_run_that_a_block_starts_names_that_run(page: str) -> None:
    for block in blocks(text_of(page)):
        for part in block.split("--detach\n")[1:]:
            told = set(RUN.findall(part))
            assert len(told) == 1, (page, told)
            assert {short[:8] for short in re.findall(r"cursor\W+([0-9a-f]{8})-", part)} <= {
                next(iter(told))[:8]
            }, page
