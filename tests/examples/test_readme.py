"""What the pages show is what happens."""

import pytest

from tests.examples.readme import PAGES, ROOT, Authored, played, same, scenes

ADVICE = "`python -m tests.examples` writes what is printed into the pages"
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_prints_what_it_shows(page: str) -> None:
    for shown, printed in played((ROOT / page).read_text(encoding="utf-8")):
        assert same(shown.lines, printed), f"$ {shown.command}\n" + "\n".join(printed) + "\n\n" + ADVICE


def test_the_demo_is_the_first_command_shown() -> None:
    demo = (ROOT / "examples/demo.sh").read_text(encoding="utf-8")
    first = next(scene for scene in scenes(README) if not isinstance(scene, Authored))

    assert f"\n{first.command} ||" in demo
