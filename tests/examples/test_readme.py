"""What the README shows is what happens."""

from tests.examples.readme import ROOT, Authored, played, same, scenes

ADVICE = "`python -m tests.examples` writes what is printed into README.md"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_of_the_readme_prints_what_it_shows() -> None:
    for shown, printed in played(README):
        assert same(shown.lines, printed), f"$ {shown.command}\n" + "\n".join(printed) + "\n\n" + ADVICE


def test_the_demo_is_the_first_command_shown() -> None:
    demo = (ROOT / "examples/demo.sh").read_text(encoding="utf-8")
    first = next(scene for scene in scenes(README) if not isinstance(scene, Authored))

    assert f"\n{first.command} ||" in demo
