"""A credential of the caller's environment serves its run and is then nowhere."""

from tests.canaries import TOKEN
from tests.journeys.kit import closed, finished, submit
from tests.journeys.test_isolation import found, provider
from tests.journeys.test_setups import setup_log
from tests.machine import Machine


def test_the_value_of_a_variable_is_gone_when_its_run_is_over(box: Machine) -> None:
    script, books = box.root / "s.yaml", box.root / "books.ndjson"
    script.write_text("# One answer.\ndefault:\n  - text: done\n")
    with provider(script, books) as base_url:
        auth = "{env: MY_PROVIDERS_KEY}"
        profile = f"{{base_url: {base_url}, auth: {auth}, models: {{balanced: scripted-balanced}}}}"
        # somebody has left it in a file, which what sets the worktree up prints
        left = box.home / "left"
        left.write_text(f"it is {TOKEN}")
        setup = f"policy: {{worktree: {{commands: [[cat, {left}]]}}}}\n"
        (box.config / "config.yaml").write_text(f"profiles: {{native: {{mine: {profile}}}}}\n{setup}")
        box.extra["MY_PROVIDERS_KEY"] = TOKEN
        words = ("profile=mine", "role=development", "role.handoff=null", "policy.write=true")
        run = submit(box, *words, "task=x")

        assert finished(box, run) == "done"
        assert "it is " in setup_log(box, run)
        left.unlink()

    closed(box, run)
    assert len(books.read_text().splitlines()) == 1
    assert found(box.project, TOKEN) == []
    assert found(box.state, TOKEN) == []
